"""Recipe versions there are, and the outputs made with them, go on as before: models cut out what they get.

New versions use the transparency that a photo comes with. The value is on purpose not taken from the code; an output's
``sha256`` names the bytes it was decided on and stays, as nothing about its picture changes.
"""

from django.db import migrations

STEP, PARAMETER, VALUE = "cutout", "own", "ignore"
ROWS = 500


def fill(apps, schema_editor):
    for name in ("RecipeVersion", "Output"):
        _fill(apps.get_model("processing", name).objects.using(schema_editor.connection.alias))


def _fill(rows):
    """Bit by bit, since a large instance has a great many outputs."""
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk").only("pk", "parameters")[:ROWS]):
        last = found[-1].pk
        short = [row for row in found if STEP in row.parameters and PARAMETER not in row.parameters[STEP]]
        for row in short:
            row.parameters = {**row.parameters, STEP: {**row.parameters[STEP], PARAMETER: VALUE}}
        rows.bulk_update(short, ["parameters"], batch_size=ROWS // 5)


class Migration(migrations.Migration):

    dependencies = [
        ('processing', '0004_parameters_in_full'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
