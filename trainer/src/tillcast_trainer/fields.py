"""Reading one JSON object field by field, with errors that name field, value and remedy."""

import math
from typing import Any, TypeVar, cast

from tillcast_trainer.errors import TrainerError, invalid

Choice = TypeVar("Choice", bound=str)
_ABSENT = object()


class Fields:
    """A JSON object being read; remembers which of its fields are known."""

    def __init__(self, content: Any, where: str) -> None:
        if not isinstance(content, dict):
            raise invalid(f"{where} is {_shown(content)}; it must be a JSON object")
        self._content: dict[str, Any] = content
        self._where = where
        self._known: set[str] = set()

    def const(self, name: str, value: int) -> None:
        """The field has this one value."""
        given = self._get(name)
        if isinstance(given, bool) or given != value:
            raise self._wrong(name, given, f"must be {value}; this trainer knows no other version")

    def text(self, name: str, default: str | None = None) -> str:
        """A text; empty only where a default exists."""
        given = self._get(name, default)
        if not isinstance(given, str) or (given == "" and default is None):
            raise self._wrong(name, given, "must be a non-empty text")
        return given

    def text_or_none(self, name: str) -> str | None:
        """A text, or null or absent."""
        return None if self._get(name, None) is None else self.text(name)

    def texts(self, name: str, unique: bool = False) -> tuple[str, ...]:
        """A list of at least one text."""
        given = self.items(name)
        if not all(isinstance(item, str) and item for item in given):
            raise self._wrong(name, given, "must be a list of non-empty texts")
        if unique and (twice := next((item for item in given if given.count(item) > 1), None)):
            raise self._wrong(name, twice, "stands there twice; name each once")
        return tuple(given)

    def items(self, name: str) -> list[Any]:
        """A list of at least one item."""
        given = self._get(name)
        if not isinstance(given, list) or not given:
            raise self._wrong(name, given, "must be a list with at least one item")
        return given

    def choice(self, name: str, options: tuple[Choice, ...], default: Choice | None = None) -> Choice:
        """One of a few texts."""
        given = self._get(name, default)
        if given not in options:
            raise self._wrong(name, given, f"must be one of {', '.join(options)}")
        return cast(Choice, given)

    def flag(self, name: str) -> bool:
        """True or false; false when absent."""
        given = self._get(name, False)
        if not isinstance(given, bool):
            raise self._wrong(name, given, "must be true or false")
        return given

    def integer(self, name: str, minimum: int, default: int | None = None) -> int:
        """A whole number, at least `minimum`."""
        given = self._get(name, default)
        if isinstance(given, bool) or not isinstance(given, int) or given < minimum:
            raise self._wrong(name, given, f"must be a whole number, {minimum} or more")
        return given

    def integer_or_none(self, name: str, minimum: int) -> int | None:
        """A whole number, or null or absent."""
        return None if self._get(name, None) is None else self.integer(name, minimum)

    def positive_or_none(self, name: str) -> float | None:
        """A number above zero, or null or absent."""
        given = self._get(name, None)
        if given is None:
            return None
        if isinstance(given, bool) or not isinstance(given, int | float) or not (math.isfinite(given) and given > 0):
            raise self._wrong(name, given, "must be a number above 0")
        return float(given)

    def signs(self, name: str) -> dict[str, int]:
        """An object of +1 and -1; empty when absent."""
        given = self._get(name, {})
        if not isinstance(given, dict):
            raise self._wrong(name, given, "must be an object of feature names and 1 or -1")
        for key, sign in given.items():
            if isinstance(sign, bool) or sign not in (1, -1):
                raise self._wrong(f"{name}.{key}", sign, "must be 1 (rising) or -1 (falling)")
        return {key: int(sign) for key, sign in given.items()}

    def params(self, name: str) -> dict[str, int | float | str | None] | None:
        """Parameters of a learner by name, or null or absent."""
        given = self._get(name, None)
        if given is None:
            return None
        if not isinstance(given, dict):
            raise self._wrong(name, given, "must be an object of parameter names and values")
        for key, value in given.items():
            if isinstance(value, bool) or not isinstance(value, int | float | str | None):
                raise self._wrong(f"{name}.{key}", value, "must be a number, a text or null")
        return dict(given)

    def no_others(self) -> None:
        """Refuses fields nobody asked for: a misspelt one would be ignored in silence."""
        if strangers := sorted(set(self._content) - self._known):
            raise invalid(f"{self._where} has an unknown field {', '.join(strangers)}; known: {', '.join(sorted(self._known))}")

    def _get(self, name: str, default: object = _ABSENT) -> Any:
        self._known.add(name)
        given = self._content.get(name, default)
        if given is _ABSENT:
            raise invalid(f"{self._where} lacks the field {name}; add it (contracts/training-spec.schema.json)")
        return given

    def _wrong(self, name: str, given: object, remedy: str) -> TrainerError:
        return invalid(f"{self._where}.{name} is {_shown(given)}; it {remedy}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
