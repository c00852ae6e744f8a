"""What a person said of one picture, before anything is made of it."""

from dataclasses import dataclass, replace
from typing import Any

from processing.models import RecipeVersion
from review import defects
from review.models import Decision


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said of one picture; a rejection fills its gaps from the defect's entry."""

    verdict: str
    defect: str = ""
    severity: str = ""
    remedy: str = ""
    route: str = ""
    recipe_version: RecipeVersion | None = None
    mark: dict[str, Any] | None = None
    note: str = ""
    milliseconds: int | None = None

    def complete(self) -> "Answer":
        """The answer with the defect's own severity and remedy where none was chosen; ValueError for nonsense."""
        if self.verdict == Decision.Verdict.APPROVE:
            return Answer(self.verdict, mark=self.mark, note=self.note, milliseconds=self.milliseconds)
        if self.verdict != Decision.Verdict.REJECT:
            raise ValueError(f"A decision approves or rejects; it can't “{self.verdict}”.")
        defect = defects.get(self.defect)
        remedy = self.remedy or defect.remedy
        again = remedy == Decision.Remedy.REPROCESS
        return replace(
            self,
            severity=self.severity or defect.severity,
            remedy=remedy,
            route=(self.route or defect.route) if again else "",
            recipe_version=self.recipe_version if again else None,
        )
