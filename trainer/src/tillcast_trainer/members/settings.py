"""Small conversions that the learners share."""

from tillcast_trainer.spec import Params


def whole(params: Params, name: str) -> int:
    """A parameter as a whole number."""
    value = params[name]
    if not isinstance(value, int | float):
        raise TypeError(f"{name} is {value!r}; it must be a number")
    return int(value)


def without(params: Params, *names: str) -> Params:
    """The parameters but these."""
    return {key: value for key, value in params.items() if key not in names}


def seed32(seed: int) -> int:
    """A seed that every library accepts (31 bits)."""
    return seed % 2**31
