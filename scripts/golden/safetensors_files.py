"""safetensors-files.json: files that the safetensors package writes, and which faulty ones it takes."""

import base64
import struct

import ml_dtypes
import numpy as np
import safetensors
from safetensors.numpy import save

import golden

SEED = 20250801
ODD_NAMES = ["", "a b", "layers.0/kernel:0", "__proto__", "constructor", "é", "日本", "😀", "\ue000", '"', "\\", "/",
             "\n\t\r\b\f", "\x00\x1f\x7f", "\u2028", "<&>", "'", "metadata"]  # fmt: skip


def encoded(data):
    return base64.b64encode(data).decode()


def tensor(name, array):
    """A tensor of a file: its values as float64 holds them exactly."""
    return {"name": name, "shape": list(array.shape), "data": golden.numbers(array.astype(np.float64).ravel())}


def written():
    """Files of nabla's dtypes: (label, tensors, metadata). nabla writes the same bytes."""
    rng = np.random.default_rng(SEED)
    floats = np.array([0.0, -0.0, 1.5, -np.inf, np.inf, np.nan, 1e-40, 3e38])
    yield "nothing", {}, None
    yield "metadata alone", {}, {"note": "über\n\u0001\"\\"}
    yield "each dtype", {
        "z/float32": floats.astype(np.float32).reshape(2, 4),
        "a/float64": np.concatenate([floats, [5e-324, 1.7976931348623157e308]]),
        "m/int32": np.array([0, -1, 2**31 - 1, -(2**31)], dtype=np.int32),
        "b/uint8": np.array([[0, 1], [128, 255]], dtype=np.uint8),
        "b/uint8 of 3": np.array([1, 2, 3], dtype=np.uint8),
        "y/float32": np.array(2.5, dtype=np.float32),
        "x/int32 of none": np.zeros([0, 3], dtype=np.int32),
    }, {"format": "nabla"}  # fmt: skip
    yield "odd names", {name: np.full([1], i, dtype=np.float32) for i, name in enumerate(ODD_NAMES)}, {"": ""}
    yield "eight axes", {"a": rng.standard_normal([1, 2, 1, 3, 1, 2, 1, 1]).astype(np.float32)}, None


def other_types():
    """A tensor of each type that nabla converts."""
    halves = [0, 1, 2, 0x03FF, 0x0400, 0x3555, 0x3C00, 0x7BFF, 0x7C00, 0x7E00, 0x8000, 0x8001, 0xBC00, 0xFBFF, 0xFC00]
    brain = [0, 1, 0x007F, 0x0080, 0x3F80, 0x7F7F, 0x7F80, 0x7FC0, 0x8000, 0xBF80, 0xFF80]
    yield "BOOL", np.array([True, False, True])
    yield "I8", np.array([-128, -1, 0, 127], dtype=np.int8)
    yield "I16", np.array([-32768, -1, 0, 32767], dtype=np.int16)
    yield "U16", np.array([0, 32768, 65535], dtype=np.uint16)
    yield "U32", np.array([0, 2**31 - 1], dtype=np.uint32)
    yield "I64", np.array([0, -1, 2**31 - 1, -(2**31)], dtype=np.int64)
    yield "U64", np.array([0, 2**31 - 1], dtype=np.uint64)
    yield "F16", np.array(halves, dtype=np.uint16).view(np.float16)
    yield "BF16", np.array(brain, dtype=np.uint16).view(ml_dtypes.bfloat16)


def too_large():
    """Tensors with a value that int32 cannot hold: (type, array, element)."""
    yield "U32", np.array([1, 2**31], dtype=np.uint32), 1
    yield "I64", np.array([0, 0, 2**31], dtype=np.int64), 2
    yield "I64", np.array([-(2**31) - 1], dtype=np.int64), 0
    yield "I64", np.array([2**32], dtype=np.int64), 0
    yield "U64", np.array([2**31], dtype=np.uint64), 0
    yield "U64", np.array([2**64 - 1], dtype=np.uint64), 0


A = '"dtype":"F32","shape":[1],"data_offsets":[0,4]'
B = '"dtype":"F32","shape":[1],"data_offsets":[4,8]'


def info(dtype, shape, begin, end):
    return f'{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}'


def in_entry(extra):
    return f'{{"a":{{{A},"x":{extra}}}}}'


def faults():
    """(label, header, bytes of data, length to state instead of the header's)."""
    # What the reference rejects.
    yield "gap before", f'{{"a":{info("F32", [1], 4, 8)}}}', 8
    yield "gap between", f'{{"a":{{{A}}},"b":{info("F32", [1], 8, 12)}}}', 12
    yield "overlap", f'{{"a":{info("F32", [2], 0, 8)},"b":{info("F32", [1], 4, 8)}}}', 8
    yield "shared bytes", f'{{"a":{{{A}}},"b":{{{A}}}}}', 4
    yield "trailing bytes", f'{{"a":{{{A}}}}}', 5
    yield "missing bytes", f'{{"a":{{{A}}}}}', 3
    yield "size mismatch", f'{{"a":{info("F32", [2], 0, 4)}}}', 4
    yield "size of 0 mismatch", f'{{"a":{info("F32", [0], 0, 4)}}}', 4
    yield "reversed offsets", f'{{"a":{info("F32", [1], 4, 0)}}}', 4
    yield "differing duplicates", f'{{"a":{{{A}}},"a":{info("F32", [2], 0, 8)}}}', 4
    yield "byte order mark", "\ufeff{}", 0
    yield "NUL padding", "{}\0\0", 0
    yield "metadata of a number", '{"__metadata__":{"a":1}}', 0
    yield "metadata of null", '{"__metadata__":{"a":null}}', 0
    yield "metadata of a list", '{"__metadata__":[]}', 0
    yield "metadata of a text", '{"__metadata__":"a"}', 0
    yield "metadata twice", '{"__metadata__":{},"__metadata__":{}}', 0
    yield "float shape", f'{{"a":{info("F32", [1.0], 0, 4)}}}', 4
    yield "exponent in shape", '{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}', 4
    yield "negative shape", f'{{"a":{info("F32", [-1], 0, 4)}}}', 4
    yield "negative zero", '{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}', 0
    yield "leading zero", '{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}', 4
    yield "text in shape", '{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}', 4
    yield "no list for shape", '{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}', 4
    yield "null for shape", '{"a":{"dtype":"F32","shape":null,"data_offsets":[0,4]}}', 4
    yield "lower-case dtype", f'{{"a":{info("f32", [1], 0, 4)}}}', 4
    yield "unknown dtype", f'{{"a":{info("F128", [1], 0, 16)}}}', 16
    yield "name of an object's method", f'{{"a":{info("toString", [1], 0, 4)}}}', 4
    yield "part of a byte", f'{{"a":{info("F4", [1], 0, 1)}}}', 1
    yield "overflow of the size", f'{{"a":{info("F32", [2**63, 2, 0], 0, 0)}}}', 0
    yield "overflow of a dimension", f'{{"a":{info("F32", [2**64, 0], 0, 0)}}}', 0
    yield "overflow of the bytes", f'{{"a":{info("F64", [2**61], 0, 0)}}}', 0
    yield "overflow of an offset", f'{{"a":{info("F32", [1], 0, 2**64 + 4)}}}', 4
    yield "huge offsets", f'{{"a":{info("U8", [2**40], 0, 2**40)}}}', 4
    yield "lone high surrogate", f'{{"\\ud800":{{{A}}}}}', 4
    yield "lone low surrogate", f'{{"\\udc00":{{{A}}}}}', 4
    yield "swapped surrogates", f'{{"\\udc00\\ud800":{{{A}}}}}', 4
    yield "lone surrogate in metadata", '{"__metadata__":{"a":"\\ud800"}}', 0
    yield "invalid UTF-8", b'{"\xff":{' + A.encode() + b"}}", 4
    yield "surrogate in UTF-8", b'{"\xed\xa0\x80":{' + A.encode() + b"}}", 4
    yield "overlong UTF-8", b'{"\xc0\x80":{' + A.encode() + b"}}", 4
    yield "control character in a name", f'{{"a\x01":{{{A}}}}}', 4
    yield "line feed in a name", f'{{"a\n":{{{A}}}}}', 4
    yield "unknown escape", f'{{"\\x":{{{A}}}}}', 4
    yield "half an escape", f'{{"\\u00":{{{A}}}}}', 4
    yield "three offsets", '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}', 4
    yield "one offset", '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}', 4
    yield "no offsets", '{"a":{"dtype":"F32","shape":[1]}}', 4
    yield "no shape", '{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4
    yield "no dtype", '{"a":{"shape":[1],"data_offsets":[0,4]}}', 4
    yield "field twice", f'{{"a":{{{A},"dtype":"F32"}}}}', 4
    yield "number for a tensor", '{"a":1}', 0
    yield "null for a tensor", '{"a":null}', 0
    yield "empty list for a tensor", '{"a":[]}', 0
    yield "comma at the end", f'{{"a":{{{A}}},}}', 4
    yield "comma at an entry's end", f'{{"a":{{{A},}}}}', 4
    yield "no comma", f'{{"a":{{{A}}}"b":{{{B}}}}}', 8
    yield "two objects", "{}{}", 0
    yield "a comment", "{}//", 0
    yield "a list", "[]", 0
    yield "null", "null", 0
    yield "no header", "", 0
    yield "spaces alone", "  ", 0
    yield "header cut off", f'{{"a":{{{A}', 4
    yield "number out of range", in_entry("1e400"), 4
    yield "misspelt word", in_entry("tru"), 4
    yield "longer word", in_entry("nulll"), 4
    yield "minus alone", in_entry("-"), 4
    yield "plus", in_entry("+1"), 4
    yield "point at the end", in_entry("1."), 4
    yield "point at the start", in_entry(".5"), 4
    yield "exponent without digits", in_entry("1e"), 4
    yield "leading zero in an extra", in_entry("-01"), 4
    yield "not a number", in_entry("NaN"), 4
    yield "nested too deep", in_entry("[" * 126 + "]" * 126), 4
    yield "single quotes", "{'a':1}", 0
    yield "length beyond the file", "{}", 0, 3
    yield "length of 100 million and 1", "{}", 0, 100_000_001
    yield "length of 2^63", "{}", 0, 2**63
    yield "length of 2^64 - 1", "{}", 0, 2**64 - 1
    yield "length short of the header", "{}", 0, 1
    # What it takes.
    yield "unpadded header", f'{{"a":{{{A}}}}}', 4
    yield "leading space", f' \n\t\r{{"a":{{{A}}}}}', 4
    yield "spaces everywhere", f' {{ "a" : {{ "dtype" : "F32" , "shape" : [ 1 ] , "data_offsets" : [ 0 , 4 ] }} }} ', 4
    yield "identical duplicates", f'{{"a":{{{A}}},"a":{{{A}}}}}', 4
    yield "duplicates in other spelling", f'{{"a":{{{A}}},"\\u0061":{{{A}}}}}', 4
    yield "identical duplicates in metadata", '{"__metadata__":{"a":"b","a":"b"}}', 0
    yield "empty name", f'{{"":{{{A}}}}}', 4
    yield "__proto__", f'{{"__proto__":{{{A}}}}}', 4
    yield "__proto__ in metadata", '{"__metadata__":{"__proto__":"a"}}', 0
    yield "null for metadata", '{"__metadata__":null}', 0
    yield "extra fields", in_entry('{"y":[1,-2.5e3,1e-400,0e999,true,false,null,"s",{}]}'), 4
    yield "extra field twice", f'{{"a":{{{A},"x":1,"x":2}}}}', 4
    yield "nested deep", in_entry("[" * 125 + "]" * 125), 4
    yield "no tensors", "{}", 0
    yield "escapes", f'{{"\\ud83d\\ude00\\n\\u0000\\/":{{{A}}}}}', 4
    yield "delete character", f'{{"\x7f":{{{A}}}}}', 4
    yield "tensors out of order", f'{{"b":{{{B}}},"a":{{{A}}}}}', 8
    yield "empty tensor in between", f'{{"a":{{{A}}},"n":{info("F64", [0], 4, 4)},"b":{{{B}}}}}', 8
    yield "nine axes", f'{{"a":{info("F32", [1] * 9, 0, 4)}}}', 4
    yield "unaligned", f'{{"a":{info("U8", [1], 0, 1)},"b":{info("F32", [1], 1, 5)}}}', 5
    for dtype, bits in [("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("F8_E5M2", 8), ("F8_E4M3", 8), ("F8_E8M0", 8),
                        ("F8_E5M2FNUZ", 8), ("F8_E4M3FNUZ", 8), ("C64", 64)]:  # fmt: skip
        yield f"the type {dtype}", f'{{"a":{info(dtype, [4], 0, bits // 2)}}}', bits // 2
    # What it takes and nabla does not.
    yield "stricter: differing duplicates that fit", f'{{"a":{info("I32", [1], 0, 4)},"a":{{{A}}}}}', 4
    yield "stricter: differing duplicates in metadata", '{"__metadata__":{"a":"b","a":"c"}}', 0
    yield "stricter: a list for a tensor", '{"a":["F32",[1],[0,4]]}', 4
    yield "stricter: an object for a dtype", '{"a":{"dtype":{"F32":null},"shape":[1],"data_offsets":[0,4]}}', 4
    yield "stricter: a dimension of 2^53", f'{{"a":{info("F32", [2**53, 0], 0, 0)}}}', 0
    yield "stricter: a product of 2^53", f'{{"a":{info("F32", [2**27, 2**27, 0], 0, 0)}}}', 0


def verdict(label, header, data_bytes, length=None):
    header = header if isinstance(header, bytes) else header.encode()
    file = struct.pack("<Q", len(header) if length is None else length) + header + bytes(data_bytes)
    try:
        safetensors.deserialize(file)
        accepted = True
    except safetensors.SafetensorError:
        accepted = False
    return {"label": label, "accepted": accepted, "file": encoded(file)}


def generate():
    files = [
        {
            "label": label,
            "metadata": metadata or {},
            "tensors": [
                {**tensor(name, array), "dtype": str(array.dtype)} for name, array in tensors.items()
            ],
            "file": encoded(save(tensors, metadata)),
        }
        for label, tensors, metadata in written()
    ]
    types = [
        {"type": kind, **tensor(kind, array), "file": encoded(save({kind: array}))}
        for kind, array in other_types()
    ]
    misfits = [
        {"type": kind, "element": element, "value": str(array[element]), "file": encoded(save({"a": array}))}
        for kind, array, element in too_large()
    ]
    verdicts = [verdict(*fault) for fault in faults()]
    golden.write(
        "safetensors-files",
        __file__,
        SEED,
        {"safetensors": safetensors.__version__, "files": files, "types": types, "misfits": misfits, "verdicts": verdicts},
    )
