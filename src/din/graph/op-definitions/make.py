"""Writes definitions.json: what a graph must know of each TensorFlow op that tfjs-node executes or src/din/graph emits.

Usage: python make.py <folder of @tensorflow/tfjs-node> > definitions.json   (needs the tensorflow package)

One entry an op: inputs and outputs as [name, dtype enum (0 = by attribute), type attribute, number attribute,
type-list attribute], and attributes as name -> [type, has a default].
"""
import json
import pathlib
import re
import sys

from tensorflow.core.framework import op_def_pb2
from tensorflow.python.client import pywrap_tf_session

EMITTED = """
_Arg Add AddN AsString AddV2 Assert AssignVariableOp AssignAddVariableOp BitwiseAnd BroadcastTo Cast ConcatV2 Const Div Equal Exp Fill Floor
GatherV2 Identity Less MatMul Maximum Minimum Mul Neg NoOp Pack Placeholder Pow RandomStandardNormal RandomUniform Range
ReadVariableOp RealDiv Reshape ResourceGather ResourceScatterAdd ResourceScatterSub ResourceScatterUpdate Rsqrt Select
SelectV2 Shape Size Slice Sqrt Square StatefulPartitionedCall StatelessRandomNormal StatelessRandomUniformFullInt Sub Sum
TensorListReserve TensorListSetItem TensorListStack Tile UnsortedSegmentSum VarHandleOp While BatchMatMulV2 Softmax
LogicalAnd LogicalOr LogicalNot GreaterEqual Where StopGradient FusedBatchNormV3 Rank ZerosLike OnesLike
""".split()


def words_of(package: pathlib.Path) -> set:
    text = "".join(p.read_text() for p in sorted((package / "dist").glob("**/*.js")))
    return {a or b for a, b in re.findall(r"tfjs_1\.([A-Z]\w+)|'([A-Z]\w+)'", text)}


def main() -> None:
    ops = op_def_pb2.OpList()
    ops.ParseFromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
    wanted = words_of(pathlib.Path(sys.argv[1])) | set(EMITTED)
    argument = lambda a: [a.name, a.type, a.type_attr, a.number_attr, a.type_list_attr]
    definitions = {
        op.name: {
            "inputs": [argument(a) for a in op.input_arg],
            "outputs": [argument(a) for a in op.output_arg],
            "attributes": {a.name: [a.type, a.HasField("default_value")] for a in op.attr},
        }
        for op in sorted(ops.op, key=lambda op: op.name)
        if op.name in wanted
    }
    print("{")
    print(",\n".join(f"{json.dumps(name)}: {json.dumps(d, separators=(',', ':'))}" for name, d in definitions.items()))
    print("}")


main()
