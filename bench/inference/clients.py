"""Asks a running Tillcast through the clients of others, unchanged: `kserve` and `tritonclient[http]`.

    pip install 'tritonclient[http]==2.73.0' 'kserve==0.21.0'   # into an environment of its own
    python bench/inference/clients.py 127.0.0.1:8080 item

A client that is not installed is skipped. The last line is one JSON object of what was compared.
"""

import asyncio
import importlib.util
import json
import sys
import urllib.request


def get(address, path):
    with urllib.request.urlopen(f"http://{address}{path}") as answer:
        return json.load(answer)


def post(address, path, body):
    request = urllib.request.Request(
        f"http://{address}{path}", json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def ask_triton(address, model, rows, expected):
    import numpy as np
    import tritonclient.http as triton

    client = triton.InferenceServerClient(address)
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(model)
    assert not client.is_model_ready("nobody")
    assert client.get_server_metadata()["name"] == "tillcast"
    metadata = client.get_model_metadata(model)
    values = np.asarray(rows, dtype=np.float32)
    for binary in (True, False):
        whole = triton.InferInput("features", list(values.shape), "FP32")
        whole.set_data_from_numpy(values, binary_data=binary)
        columns = []
        for at, tensor in enumerate(metadata["inputs"]):
            column = triton.InferInput(tensor["name"], [len(rows), 1], "FP64")
            column.set_data_from_numpy(values[:, at : at + 1].astype(np.float64), binary_data=binary)
            columns.append(column)
        for inputs in ([whole], columns):
            outputs = [
                triton.InferRequestedOutput(name, binary_data=binary)
                for name in ("log_odds", "contributions", "base_value")
            ]
            answer = client.infer(model, inputs, outputs=outputs, request_id="t-1")
            assert answer.get_response()["id"] == "t-1"
            assert answer.as_numpy("log_odds").tolist() == expected
            sums = answer.as_numpy("contributions").sum(axis=1) + answer.as_numpy("base_value")
            assert np.abs(sums - answer.as_numpy("log_odds")).max() <= 1e-9
            assert client.infer(model, inputs).as_numpy("log_odds").tolist() == expected
    try:
        client.infer("nobody", [whole])
    except triton.InferenceServerException as refused:
        assert refused.status() == "404" and "no model" in refused.message()
    else:
        raise AssertionError("an unknown model was answered")
    return triton.__name__


async def ask_kserve(address, model, rows, expected):
    import numpy as np
    from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

    client = InferenceRESTClient(RESTConfig(protocol="v2", retries=0))
    base = f"http://{address}"
    assert await client.is_server_live(base)
    assert await client.is_server_ready(base)
    assert await client.is_model_ready(base, model)
    values = np.asarray(rows, dtype=np.float32)
    for binary in (False, True):
        whole = InferInput("features", list(values.shape), "FP32")
        whole.set_data_from_numpy(values, binary_data=binary)
        request = InferRequest(model_name=model, infer_inputs=[whole], request_id="k-1")
        answer = await client.infer(base, request, model_name=model)
        assert answer.id == "k-1" and answer.model_name == model
        outputs = {output.name: output.as_numpy().tolist() for output in answer.outputs}
        assert outputs["log_odds"] == expected
    return "kserve"


def main():
    address, model = sys.argv[1:3]
    width = len(get(address, f"/v2/models/{model}")["inputs"])
    rows = [[float((7 * row + column) % 11) for column in range(width)] for row in range(16)]
    whole = {"name": "features", "shape": [16, width], "datatype": "FP32", "data": rows}
    expected = post(address, f"/v2/models/{model}/infer", {"inputs": [whole], "outputs": [{"name": "log_odds"}]})[
        "outputs"
    ][0]["data"]
    asked = []
    if importlib.util.find_spec("tritonclient"):
        asked.append(ask_triton(address, model, rows, expected))
    if importlib.util.find_spec("kserve"):
        asked.append(asyncio.run(ask_kserve(address, model, rows, expected)))
    print(json.dumps({"model": model, "rows": len(rows), "width": width, "clients": asked}))


main()
