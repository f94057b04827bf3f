"""The four models as ONNX files, each alone and all in one graph that votes. Usage: convert_onnx.py MODELS."""

import sys
from pathlib import Path

import catboost
import onnx
import onnxmltools
import xgboost
from lightgbm import Booster
from onnx import TensorProto, helper
from onnxmltools.convert.common.data_types import FloatTensorType as OnnxmltoolsFloats
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType

from sklearn_forest import read_forest

#: The output that holds one probability a class, whatever the converter calls it.
PROBABILITIES = "probabilities"
ML_DOMAIN = "ai.onnx.ml"
OPSETS = [helper.make_opsetid("", 17), helper.make_opsetid(ML_DOMAIN, 2)]
IR_VERSION = 8


def convert(models: Path) -> dict[str, onnx.ModelProto]:
    """One graph a member: X (float32, any number of rows) to probabilities."""
    forest = read_forest(models / "random_forest.npz")
    features = forest.n_features_in_
    booster = Booster(model_file=models / "lightgbm.txt")
    forest_inputs = [("X", FloatTensorType([None, features]))]
    inputs = [("X", OnnxmltoolsFloats([None, features]))]
    classifier = catboost.CatBoostClassifier()
    classifier.load_model(str(models / "catboost.json"), format="json")
    exported = models / "onnx" / "catboost-as-exported.onnx"
    classifier.save_model(str(exported), format="onnx")
    return {
        "catboost": without_zip_map(onnx.load(exported)),
        "xgboost": onnxmltools.convert_xgboost(xgboost.Booster(model_file=models / "xgboost.json"), initial_types=inputs),
        "lightgbm": onnxmltools.convert_lightgbm(booster, initial_types=inputs, zipmap=False),
        "random_forest": convert_sklearn(forest, initial_types=forest_inputs, options={id(forest): {"zipmap": False}}),
    }


def without_zip_map(model: onnx.ModelProto) -> onnx.ModelProto:
    """CatBoost exports probabilities as a list of dictionaries, which onnxruntime-node cannot return; the tensor before it can be."""
    graph = model.graph
    for node in [node for node in graph.node if node.op_type == "ZipMap"]:
        graph.node.remove(node)
        rename(graph, node.input[0], PROBABILITIES)
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, [None, 2]))
    rename(graph, graph.input[0].name, "X")
    graph.input[0].name = "X"
    return model


def rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    """Renames a value wherever nodes speak of it."""
    for node in graph.node:
        for names in (node.input, node.output):
            for at, name in enumerate(names):
                if name == old:
                    names[at] = new


def vote(members: dict[str, onnx.ModelProto]) -> onnx.ModelProto:
    """All members and the mean of their probabilities in one graph; the forest has rows of its own, since it knows no NaN."""
    nodes, initializers, outputs = [], [], []
    for member, model in members.items():
        graph = onnx.ModelProto()
        graph.CopyFrom(model)
        for name in {name for node in graph.graph.node for name in [*node.input, *node.output]}:
            shared = "X_forest" if member == "random_forest" else "X"
            rename(graph.graph, name, shared if name == "X" else f"{member}/{name}")
        for node in graph.graph.node:
            node.name = f"{member}/{len(nodes)}"
            nodes.append(node)
        for initializer in graph.graph.initializer:
            initializer.name = f"{member}/{initializer.name}"
            initializers.append(initializer)
        outputs.append(f"{member}/{PROBABILITIES}")
    nodes.append(helper.make_node("Mean", outputs, [PROBABILITIES]))
    features = next(iter(members.values())).graph.input[0].type.tensor_type.shape.dim[1].dim_value
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, features]) for name in ("X", "X_forest")]
    output = helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, [None, 2])
    graph = helper.make_graph(nodes, "soft voting", inputs, [output], initializers)
    return helper.make_model(graph, opset_imports=OPSETS, ir_version=IR_VERSION)


def main(models: Path) -> None:
    """Writes MODELS/onnx."""
    folder = models / "onnx"
    folder.mkdir(exist_ok=True)
    members = convert(models)
    for member, model in members.items():
        onnx.save(model, folder / f"{member}.onnx")
    onnx.save(vote(members), folder / "vote.onnx")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
