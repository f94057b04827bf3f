"""What can go wrong, with the codes of contracts/progress-line.schema.json."""

from typing import Literal

Code = Literal["ONE_CLASS", "TOO_FEW_POSITIVES", "INPUT_INVALID", "CANCELLED", "FAILED"]

EXIT_CODES: dict[Code, int] = {"ONE_CLASS": 3, "TOO_FEW_POSITIVES": 3, "INPUT_INVALID": 1, "FAILED": 1, "CANCELLED": 130}


class TrainerError(Exception):
    """An end of the run that the caller can act on."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code: Code = code

    @property
    def exit_code(self) -> int:
        """The process' exit code: 3 the data cannot be learnt from, 130 cancelled, 1 anything else."""
        return EXIT_CODES[self.code]


def invalid(message: str) -> TrainerError:
    """An input that breaks its contract."""
    return TrainerError("INPUT_INVALID", message)
