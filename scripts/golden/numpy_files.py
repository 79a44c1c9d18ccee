"""numpy-files.json: .npy and .npz files that numpy writes, and which faulty ones it takes."""

import base64
import io
import struct

import numpy as np

import golden

SEED = 20250802


def encoded(data):
    return base64.b64encode(data).decode()


def array(values):
    """An array's values as float64 holds them exactly, row by row."""
    return {"shape": list(values.shape), "data": golden.numbers(values.astype(np.float64).ravel())}


def npy(values, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, values, version=version)
    return file.getvalue()


def own_types():
    """Arrays of nabla's dtypes in rows: nabla writes the same bytes."""
    rng = np.random.default_rng(SEED)
    yield np.array([[0.0, -0.0, 1.5], [-np.inf, np.nan, 1e-40]], dtype=np.float32)
    yield np.array([5e-324, 1.7976931348623157e308, 0.1])
    yield np.array([[0], [-1], [2**31 - 1], [-(2**31)]], dtype=np.int32)
    yield np.arange(256, dtype=np.uint8)
    yield np.array(2.5, dtype=np.float32)
    yield np.array([7], dtype=np.uint8)
    yield np.zeros([0], dtype=np.float32)
    yield np.zeros([3, 0, 2], dtype=np.int32)
    yield rng.standard_normal([1, 2, 1, 3, 1, 2, 1, 1]).astype(np.float32)
    yield np.zeros([1234567], dtype=np.uint8)[:12345].copy()


def other_forms():
    """(label, file, values)"""
    numbers = np.arange(24).reshape(2, 3, 4)
    for descr in ["|b1", "|i1", "<i2", ">i2", ">i4", "<i8", ">i8", "<u2", ">u2", "<u4", ">u4", "<u8", ">u8", "<f2", ">f2",
                  ">f4", ">f8"]:  # fmt: skip
        values = numbers.astype(np.dtype(descr))
        yield descr, npy(values), values
    signed = np.array([-1, -128, 127])
    for descr in ["|i1", "<i2", ">i2", "<i8", ">i8", ">i4", ">f2", ">f8"]:
        values = signed.astype(np.dtype(descr))
        yield f"{descr} with signs", npy(values), values
    for descr in ["<f4", ">f8", "<i8", "|u1", "<f2"]:
        values = np.asfortranarray(numbers.astype(np.dtype(descr)))
        yield f"{descr} in Fortran's order", npy(values), values
    values = np.asfortranarray(np.arange(6.0).reshape(3, 2))
    yield "a matrix in Fortran's order", npy(values), values
    for version in [(2, 0), (3, 0)]:
        yield f"version {version[0]}", npy(numbers.astype(np.float32), version), numbers


def too_large():
    """(values, element)"""
    yield np.array([1, 2**31], dtype="<u4"), 1
    yield np.array([0, 2**31], dtype=">i8"), 1
    yield np.array([-(2**31) - 1], dtype="<i8"), 0
    yield np.array([2**64 - 1], dtype=">u8"), 0


def with_header(text, data=4, version=b"\x01\x00", length=None):
    text = text if isinstance(text, bytes) else text.encode("latin1")
    size = struct.pack("<H" if version[0] == 1 else "<I", len(text) if length is None else length)
    return b"\x93NUMPY" + version + size + text + bytes(data)


def header(descr="'<f4'", order="False", shape="(1,)"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n"


def faults():
    """(label, file); those whose label begins with "stricter" numpy takes and nabla does not."""
    yield "sound", with_header(header())
    yield "spaces anywhere", with_header("  { 'descr' : '<f4' , 'fortran_order' : False , 'shape' : ( 1 , ) }  \n")
    yield "double quotes", with_header(header('"<f4"'))
    yield "keys in another order", with_header("{'shape': (1,), 'descr': '<f4', 'fortran_order': False}\n")
    yield "without comma at the end", with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}\n")
    yield "long integers of Python 2", with_header(header(shape="(1L,)"))
    yield "native order", with_header(header("'=f4'"))
    yield "no order", with_header(header("'f4'"))
    yield "unaligned", with_header(header() + " " * 3)
    yield "no line feed", with_header(header().strip())
    yield "scalar", with_header(header(shape="()"))
    yield "empty", b""
    yield "magic alone", b"\x93NUMPY"
    yield "other magic", b"\x93NUMPZ" + with_header(header())[6:]
    yield "cut in the length", with_header(header())[:9]
    yield "cut in the header", with_header(header())[:30]
    yield "cut in the data", with_header(header(), 3)
    yield "no data", with_header(header(), 0)
    yield "version 0", with_header(header(), version=b"\x00\x00")
    yield "version 1.1", with_header(header(), version=b"\x01\x01")
    yield "version 4", with_header(header(), version=b"\x04\x00")
    yield "length beyond the file", with_header(header(), length=2000)
    yield "length of 4 GB", with_header(header(), version=b"\x02\x00", length=2**32 - 1)
    yield "header of 20,000 bytes", with_header(header() + " " * 20_000)
    yield "no dictionary", with_header("['descr']\n")
    yield "no header", with_header("")
    yield "two dictionaries", with_header(header() + header())
    yield "missing key", with_header("{'descr': '<f4', 'shape': (1,), }\n")
    yield "further key", with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1, }\n")
    yield "a call", with_header(header(shape="(int('1'),)"))
    yield "a name", with_header(header(order="false"))
    yield "a number for the order", with_header(header(order="0"))
    yield "a text for the order", with_header(header(order="'False'"))
    yield "a list for the shape", with_header(header(shape="[1]"))
    yield "an integer for the shape", with_header(header(shape="1"))
    yield "in parentheses alone", with_header(header(shape="(1)"))
    yield "a float in the shape", with_header(header(shape="(1.0,)"))
    yield "a negative size", with_header(header(shape="(-1,)"))
    yield "a text in the shape", with_header(header(shape="('1',)"))
    yield "too many elements", with_header(header(shape="(1000000000000,)"))
    yield "an unknown type", with_header(header("'<q9'"))
    yield "a number for the type", with_header(header("4"))
    yield "an open text", with_header("{'descr': '<f4")
    yield "Python objects", npy_of_objects()
    yield "stricter: bytes behind the data", with_header(header(), 5)
    yield "stricter: records", npy(np.zeros([2], dtype=[("a", "<f4"), ("b", "<i4")]))
    yield "stricter: complex numbers", npy(np.zeros([2], dtype=np.complex64))
    yield "stricter: texts", npy(np.array(["a", "bc"]))
    yield "stricter: dates", npy(np.zeros([2], dtype="<M8[s]"))
    yield "stricter: nine axes", npy(np.zeros([1] * 9, dtype=np.float32))


def npy_of_objects():
    file = io.BytesIO()
    np.save(file, np.array([None, {}], dtype=object), allow_pickle=True)
    return file.getvalue()


def verdict(label, file):
    try:
        np.load(io.BytesIO(file), allow_pickle=False)
        accepted = True
    except Exception:  # of many kinds, from the reader's innards too
        accepted = False
    return {"label": label, "accepted": accepted, "file": encoded(file)}


def archives():
    """(label, file)"""
    arrays = {
        "x": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "layers/0/kernel": np.arange(4, dtype=">i8"),
        "é 日本 😀": np.array([True, False]),
        "": np.zeros([0, 2], dtype=np.float32),
        "__proto__": np.array(7, dtype=np.uint8),
    }
    for label, save in [("savez", np.savez), ("savez_compressed", np.savez_compressed)]:
        file = io.BytesIO()
        save(file, **arrays)
        yield label, arrays, file.getvalue()
    file = io.BytesIO()
    np.savez(file)
    yield "nothing", {}, file.getvalue()


def generate():
    golden.write(
        "numpy-files",
        __file__,
        SEED,
        {
            "own": [
                {**array(values), "dtype": str(values.dtype), "file": encoded(npy(values))}
                for values in own_types()
            ],
            "others": [
                {"label": label, **array(values), "file": encoded(file)}
                for label, file, values in other_forms()
            ],
            "misfits": [
                {
                    "descr": values.dtype.str,
                    "element": element,
                    "value": str(values[element]),
                    "file": encoded(npy(values)),
                }
                for values, element in too_large()
            ],
            "verdicts": [verdict(*fault) for fault in faults()],
            "archives": [
                {
                    "label": label,
                    "arrays": [{"name": name, **array(values)} for name, values in arrays.items()],
                    "file": encoded(file),
                }
                for label, arrays, file in archives()
            ],
        },
    )
