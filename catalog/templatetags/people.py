"""People on pages: the filter ``person`` is built into every template (settings.TEMPLATES)."""

from django import template

from catalog.people import name_of

register = template.Library()
register.filter("person", name_of)
