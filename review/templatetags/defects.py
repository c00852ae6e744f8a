"""Defects on pages: the filter ``defect`` turns a code into words, in every template (settings.TEMPLATES)."""

from django import template

from review import defects

register = template.Library()
register.filter("defect", defects.label)
