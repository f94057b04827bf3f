"""Compiles the ensemble's models with tl2cgen and gcc. Usage: compile_treelite.py MODELS."""

import sys
from pathlib import Path

#: Members that treelite can read.
MEMBERS = ("xgboost", "lightgbm", "random_forest")
#: Measured on a forest of 236,000 splits: the fastest code of -O0, -O1 and -Os, and compiled in half of -O1's time.
OPTIONS = ["-O1", "-fno-guess-branch-probability", "-fno-tree-vrp", "-fno-tree-ch", "-fno-if-conversion", "-fno-tree-dominator-opts"]
SOURCE_FILES = {"xgboost": 16, "lightgbm": 16, "random_forest": 200}


def library_of(models: Path, member: str) -> Path:
    """Where a member's shared library lies."""
    return models / "treelite" / f"{member}.so"


def main(models: Path) -> None:
    """One shared library a member."""
    import tl2cgen
    import treelite

    from sklearn_forest import read_forest

    readers = {
        "xgboost": lambda: treelite.frontend.load_xgboost_model(str(models / "xgboost.json")),
        "lightgbm": lambda: treelite.frontend.load_lightgbm_model(str(models / "lightgbm.txt")),
        "random_forest": lambda: treelite.sklearn.import_model(read_forest(models / "random_forest.npz")),
    }
    for member in MEMBERS:
        library = library_of(models, member)
        library.parent.mkdir(exist_ok=True)
        parameters = {"parallel_comp": SOURCE_FILES[member], "quantize": 0}
        tl2cgen.export_lib(readers[member](), toolchain="gcc", libpath=str(library), params=parameters, nthread=2, options=OPTIONS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
