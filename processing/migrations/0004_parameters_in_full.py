"""Writes out what recipe versions, and the outputs made with them, had left to the defaults of their steps.

Until here only what differed was stored, and the rest was looked up in the code at every run and every rendering. The
values below are the code's of the day that this was written, on purpose copied: whatever the defaults become, an old
version goes on doing what it did. What is stored is never changed, and steps that are not known here are left alone.
An output's ``sha256`` names the bytes it was decided on and stays, as nothing about its picture changes.
"""

from django.db import migrations

PARAMETERS = {
    "cutout": {
        "model": "isnet",
        "first": "u2net",
        "effort": "full",
        "trusted": 0.95,
        "tone": "auto",
        "enough": 0.92,
        "solid": 1.0,
    },
    "refine": {"sharpness": 2.0, "radius": 0.0, "epsilon": 0.0001},
    "clean": {"island": 2.0, "hole": 0.02, "floor": 8},
    "edge": {"shift": 0.0, "feather": 0.0},
    "decontaminate": {"radius": 12.0, "strength": 100.0},
    "glass": {"clarity": 0.0},
    "shadow": {"kind": "none", "density": 40.0, "softness": 40.0, "direction": 60.0, "length": 25.0},
}
ROWS = 500


def in_full(parameters):
    """The parameters with what was left out; what was given wins."""
    return {step: {**PARAMETERS.get(step, {}), **values} for step, values in parameters.items()}


def fill(apps, schema_editor):
    for name in ("RecipeVersion", "Output"):
        _fill(apps.get_model("processing", name).objects.using(schema_editor.connection.alias))


def _fill(rows):
    """Bit by bit, since a large instance has a great many outputs."""
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk").only("pk", "parameters")[:ROWS]):
        last = found[-1].pk
        short = [row for row in found if in_full(row.parameters) != row.parameters]
        for row in short:
            row.parameters = in_full(row.parameters)
        rows.bulk_update(short, ["parameters"], batch_size=ROWS // 5)


class Migration(migrations.Migration):

    dependencies = [
        ('processing', '0003_truth'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
