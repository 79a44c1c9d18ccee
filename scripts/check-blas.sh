#!/bin/sh
# Runs nabla on an OpenBLAS that takes this processor for an old one: 0.3.17, of 2021, out of a wheel
# of NumPy. Prints which kernels it chooses by itself and which with nabla, and the benchmark's step
# of batch 32 beside the bare products, which are told the kernels' name:
#   npm run check:blas
# Linux on x86-64, with pip for python3. Fails if nabla leaves the kernels of a lesser class.
set -eu
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 39 \
  --platform manylinux2010_x86_64 --dest "$folder" numpy==1.21.6
python3 -m zipfile -e "$folder"/numpy-*.whl "$folder"
libraries=$folder/numpy.libs
ln -s "$(basename "$libraries"/libopenblas*.so)" "$libraries/libopenblas.so.0"
unset OPENBLAS_CORETYPE
export LD_LIBRARY_PATH="$libraries"

python3 -c '
import ctypes, sys
blas = ctypes.CDLL(sys.argv[1])
blas.openblas_get_corename.restype = ctypes.c_char_p
print("by itself:", blas.openblas_get_corename().decode(), "kernels")
' "$libraries/libopenblas.so.0"
node -e '
const { version, kernels, instructionSet, processor } = require(".").blas();
console.log(`with nabla: OpenBLAS ${version}, ${kernels} kernels (${instructionSet}, processor ${processor})`);
process.exitCode = instructionSet === processor ? 0 : 1;
'
npm run --silent bench -- --cases step32 --synthetic
