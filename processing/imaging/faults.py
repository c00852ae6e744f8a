"""Owns the failures that the imaging core may raise: each says measured, wanted, what to do."""


class Fault(Exception):
    """A failure with a code for the machine and three texts for a person.

    ``code`` is stable and lower case (``flat_prediction``); ``measured``, ``wanted`` and ``action`` are short
    sentences that can be shown as they are.
    """

    def __init__(self, code: str, *, measured: str, wanted: str, action: str) -> None:
        super().__init__(code, measured, wanted, action)
        self.code = code
        self.measured = measured
        self.wanted = wanted
        self.action = action

    def __str__(self) -> str:
        return f"{self.measured} Wanted: {self.wanted} {self.action}"

    # Exceptions are pickled between processes by their positional arguments, and ours are keywords.
    def __reduce__(self) -> tuple[object, ...]:
        return _revive, (type(self), self.code, self.measured, self.wanted, self.action)


def _revive(kind: type[Fault], code: str, measured: str, wanted: str, action: str) -> Fault:
    return kind(code, measured=measured, wanted=wanted, action=action)


class UnreadablePicture(Fault):
    """The file is no picture that can be decoded completely and safely."""


class StepFailed(Fault):
    """A step's own look at its result says that the next step must not begin."""


class ModelUnavailable(Fault):
    """A model's weights are missing, damaged or do not run on this machine."""


class InvalidRecipe(Fault):
    """A recipe names an unknown step or parameter, or a value out of its range."""
