"""Builds a module in stage lowbit, op by op, together with what each of its outputs must be."""

import lowbit_oracle as oracle
import numpy as np


BUILTIN = {"float32": "f32", "float64": "f64", "int8": "i8", "int16": "i16", "int32": "i32", "int64": "i64"}


def tensor(shape, element):
    return f"tensor<{''.join(f'{size}x' for size in shape)}{element}>"


def element_type(code):
    return f"!lowbit.{code}" if code in ("bipolar", "ternary") else code


class Value:
    """An SSA value and what it holds: numpy's array, exact integers for codes."""

    def __init__(self, name, array, element):
        self.name, self.array, self.element = name, array, element
        self.type = tensor(array.shape, element)


class Module:
    """`inputs` and `outputs` are what @main takes and gives, arrays in their storage types."""

    def __init__(self, kernels=("auto",)):
        self.kernels, self.inputs, self.outputs = kernels, [], []
        self._arguments, self._body, self._results, self._blobs = [], [], [], []

    def text(self):
        arguments = ", ".join(f"{v.name}: {v.type}" for v in self._arguments)
        types = ", ".join(v.type for v in self._results)
        names = ", ".join(v.name for v in self._results)
        text = f"func.func @main({arguments}) -> ({types}) {{\n"
        text += "".join(f"  {line}\n" for line in self._body) + f"  return {names} : {types}\n}}\n"
        if self._blobs:
            blobs = ", ".join(f'w{i}: "0x01000000{blob}"' for i, blob in enumerate(self._blobs))
            text += f"{{-# dialect_resources: {{ builtin: {{ {blobs} }} }} #-}}\n"
        return text

    def input(self, array, code=None):
        """An argument: codes of type `code`, or an array as it is."""
        element = element_type(code) if code else BUILTIN[str(array.dtype)]
        value = Value(f"%in{len(self.inputs)}", np.asarray(array), element)
        self.inputs.append(value.array.astype(oracle.storage(code)) if code else value.array)
        self._arguments.append(value)
        return value

    def numbers(self, array):
        """A constant of builtin numbers, known to the compiler."""
        blob, element = self._blob(array), BUILTIN[str(array.dtype)]
        return self._add(f"arith.constant dense_resource<{blob}> : {tensor(array.shape, element)}", array, element)

    def constant(self, codes, code):
        blob = self._blob(codes.astype(oracle.storage(code)))
        return self._add(f"lowbit.constant dense_resource<{blob}> : {tensor(codes.shape, element_type(code))}", codes, element_type(code))

    def returned(self, value):
        """Makes `value` an output of @main."""
        element = value.element.removeprefix("!lowbit.")
        builtin = {name: getattr(np, dtype) for dtype, name in BUILTIN.items()}
        stored = builtin.get(element) or oracle.storage(element)
        self._results.append(value)
        self.outputs.append((self._body[-1], value.array.astype(stored)))
        return value

    def quantize(self, x, scale, code, mode="half_even", narrow=False, zero=None, by_reciprocal=False,
                 zero_last=False):
        codes = oracle.quantize(x.array, scale.array, code, mode, narrow, zero and zero.array, by_reciprocal, zero_last)
        narrow = narrow and code not in ("bipolar", "ternary")
        operands = f"{x.name}, {scale.name}" + (f" zero_point {zero.name}" if zero else "")
        flags = " zero_point_last" * zero_last + f" rounding {mode}" + " narrow" * narrow + " by_reciprocal" * by_reciprocal
        types = ", ".join(v.type for v in (x, scale, zero) if v)
        element = element_type(code)
        return self.returned(self._add(f"lowbit.quantize {operands}{flags} : ({types}) -> {tensor(codes.shape, element)}", codes, element))

    def dequantize(self, q, scale, zero=None):
        operands = f"{q.name}, {scale.name}" + (f" zero_point {zero.name}" if zero else "")
        types = ", ".join(v.type for v in (q, scale, zero) if v)
        real = oracle.dequantize(q.array, scale.array, zero and zero.array)
        return self.returned(self._add(f"lowbit.dequantize {operands} : ({types}) -> {tensor(real.shape, 'f32')}", real, "f32"))

    def dynamic_quantize(self, x, code, limit, epsilon, reciprocal, narrow):
        codes, scales = oracle.dynamic_quantize(x.array, limit, epsilon, reciprocal, narrow)
        flags = ", reciprocal" * reciprocal + ", narrow" * narrow
        q = Value(f"%v{len(self._body)}", codes, code)
        s = Value(f"%s{len(self._body)}", scales, "f32")
        attributes = f"{{epsilon = {epsilon:e} : f32, limit = {limit} : i64{flags}}}"
        self._body.append(f"{q.name}, {s.name} = lowbit.dynamic_quantize {x.name} {attributes} : {x.type} -> {q.type}, {s.type}")
        return self.returned(q), self.returned(s)

    def threshold(self, x, table, axis, code, offset, falling=None):
        codes = oracle.threshold(x.array, table.array, axis, code, offset, falling)
        attributes = f"{{axis = {axis} : i64, offset = {offset} : i64}}"
        falls = "" if falling is None else f" falling [{', '.join('true' if f else 'false' for f in falling)}]"
        element = element_type(code)
        result = tensor(codes.shape, element)
        return self.returned(self._add(f"lowbit.threshold {x.name}, {table.name}{falls} {attributes} : ({x.type}, {table.type}) -> {result}", codes, element))

    def requantize(self, inputs, multipliers, addends, shift, low, high, axis, code, width, half_even=False, exceptions=None, raised=0):
        table = None if exceptions is None else exceptions.array
        codes = oracle.requantize([x.array for x in inputs], multipliers, addends, shift, low, high, axis, half_even, table, raised)
        names = ", ".join(x.name for x in inputs) + ("" if exceptions is None else f" exceptions {exceptions.name}")
        types = ", ".join(x.type for x in [*inputs, *([exceptions] if exceptions else [])])
        arrays = ", ".join(f"array<i64: {', '.join(str(int(n)) for n in m)}>" for m in multipliers)
        numbers = f"multipliers [{arrays}] addends {[int(n) for n in addends]} shift {shift} lo {low} hi {high}"
        flags = ", half_even" * half_even + f", raised = {raised} : i64" * (raised > 0)
        attributes = f"{{axis = {axis} : i64, width = {width} : i64{flags}}}"
        element = element_type(code)
        return self.returned(self._add(f"lowbit.requantize {names} {numbers} {attributes} : ({types}) -> {tensor(codes.shape, element)}", codes, element))

    def lookup(self, x, table, axis):
        codes = oracle.lookup(x.array, table.array, axis, x.element.removeprefix("!lowbit."))
        result = tensor(codes.shape, table.element)
        return self.returned(self._add(f"lowbit.lookup {x.name}, {table.name} {{axis = {axis} : i64}} : ({x.type}, {table.type}) -> {result}", codes, table.element))

    def decode_float(self, x, format):
        self._map(x, oracle.decode_float(x.array, format), "f32", f"lowbit.decode_float %x as {format}")

    def encode_float(self, x, format, saturate=False, mode="half_even"):
        flags = " saturate" * saturate + f" rounding {mode}" * (mode != "half_even")
        bits = oracle.encode_float(x.array, format, saturate, mode)
        self._map(x, bits, BUILTIN[str(bits.dtype)], f"lowbit.encode_float %x{flags} as {format}")

    def _map(self, x, results, element, operation):
        """An operation on numbers, on every element."""
        maps = "indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = [\"parallel\"]"
        empty = self._add(f"tensor.empty() : {tensor(results.shape, element)}", results, element)
        body = f"^bb0(%x: {x.element}, %o: {element}): %y = {operation} : {x.element} -> {element} linalg.yield %y : {element}"
        generic = f"linalg.generic {{{maps}}} ins({x.name} : {x.type}) outs({empty.name} : {empty.type})"
        self.returned(self._add(f"{generic} {{ {body} }} -> {empty.type}", results, element))

    def transpose(self, x, permutation, returned=True):
        codes = x.array.transpose(permutation)
        result = tensor(codes.shape, x.element)
        value = self._add(f"lowbit.transpose {x.name} {list(permutation)} : {x.type} -> {result}", codes, x.element)
        return self.returned(value) if returned else value

    def reshape(self, x, shape):
        codes = x.array.reshape(shape)
        return self.returned(self._add(f"lowbit.reshape {x.name} : {x.type} -> {tensor(shape, x.element)}", codes, x.element))

    def matmul(self, x, weights, zero=0, weights_zero=0, bias=None):
        sums = (x.array - zero) @ np.swapaxes(weights.array - weights_zero, -1, -2)
        bound = x.array.shape[-1] * self._bound(x, zero) * self._bound(weights, weights_zero)
        if bias is not None:
            sums, bound = sums + bias, bound + max(abs(int(b)) for b in bias)
        element = "i32" if bound < 2**31 else "i64"
        result = tensor(sums.shape, element)
        left, right = x.name + self._zero_point(zero), weights.name + self._zero_point(weights_zero) + self._bias(bias)
        return self.returned(self._add(f"lowbit.matmul {left}, {right} : {x.type}, {weights.type} -> {result}", sums, element))

    def pad(self, x, code, low, high, element):
        codes = np.pad(x.array, list(zip(low, high)), constant_values=code)
        result = tensor(codes.shape, element_type(element))
        numbers = f"code {code} low {list(low)} high {list(high)}"
        return self.returned(self._add(f"lowbit.pad {x.name} {numbers} : {x.type} -> {result}", codes, element_type(element)))

    @staticmethod
    def _image(x, channels_last):
        """The array with channels second."""
        return np.moveaxis(x.array, -1, 1) if channels_last else x.array

    @staticmethod
    def _ordered(array, channels_last):
        return (np.moveaxis(array, 1, -1), " channels_last") if channels_last else (array, "")

    def pool(self, x, window, channels_last=False):
        lowest = oracle.code_range(x.element.removeprefix("!lowbit."))[0]
        rank = len(window[0])
        codes = oracle.windows(self._image(x, channels_last), *window, lowest).max(axis=tuple(range(rank + 2, 2 * rank + 2)))
        codes, order = self._ordered(codes, channels_last)
        result = tensor(codes.shape, x.element)
        return self.returned(self._add(f"lowbit.pool {x.name} {self._window(window)}{order} : {x.type} -> {result}", codes, x.element))

    def sum_pool(self, x, window, zero, bits, channels_last=False):
        rank = len(window[0])
        sums = (oracle.windows(self._image(x, channels_last), *window, zero) - zero).sum(axis=tuple(range(rank + 2, 2 * rank + 2)))
        sums, order = self._ordered(sums, channels_last)
        result = tensor(sums.shape, f"i{bits}")
        attributes = f"{self._zero_point(zero)} {self._window(window)}{order}"
        return self.returned(self._add(f"lowbit.sum_pool {x.name}{attributes} : {x.type} -> {result}", sums, f"i{bits}"))

    def depthwise(self, x, weights, window, padding, bias=None):
        """`x` has channels last, `weights` are [taps, channels]."""
        kernels = np.moveaxis(weights.array, -1, 0).reshape(-1, 1, *window[0])
        sums = oracle.conv(self._image(x, True), kernels, window, len(kernels), 0, padding)
        sums = np.moveaxis(sums, 1, -1) + (0 if bias is None else bias)
        result = tensor(sums.shape, "i32")
        number = len(self._body)
        self._body.append(f"%o{number} = tensor.empty() : {result}")
        operands = f"ins({x.name}, {weights.name} : {x.type}, {weights.type}) outs(%o{number} : {result})"
        attributes = f"{self._window(window)} padding {padding}{self._bias(bias)}"
        return self.returned(self._add(f"lowbit.depthwise {operands} {attributes} -> {result}", sums, "i32"))

    def patches(self, x, window, padding, element, channels_last=False):
        codes = oracle.patches(self._image(x, channels_last), window, padding)
        result = tensor(codes.shape, element_type(element))
        attributes = f"padding {padding} {self._window(window)}" + " channels_last" * channels_last
        return self.returned(self._add(f"lowbit.patches {x.name} {attributes} : {x.type} -> {result}", codes, element_type(element)))

    @staticmethod
    def _window(window):
        size, strides, dilations, pads = ([int(n) for n in numbers] for numbers in window)
        return f"window <size {size} strides {strides} dilations {dilations} pads {pads}>"

    def conv(self, x, weights, window, groups=1, zero=0, padding=None, bias=None):
        """`window` is size, strides, dilations, pads."""
        outside = zero if padding is None else padding
        sums = oracle.conv(x.array, weights.array, window, groups, zero, outside)
        bound = max(self._bound(x, zero), abs(outside - zero)) * self._bound(weights, 0) * weights.array[0].size
        if bias is not None:
            sums, bound = sums + np.reshape(bias, (-1, *[1] * len(window[0]))), bound + max(abs(int(b)) for b in bias)
        element = "i32" if bound < 2**31 else "i64"
        result = tensor(sums.shape, element)
        left = x.name + self._zero_point(zero) + ("" if padding is None else f" padding {padding}")
        attributes = f"{self._window(window)} groups {groups}{self._bias(bias)}"
        return self.returned(self._add(f"lowbit.conv {left}, {weights.name} {attributes} : {x.type}, {weights.type} -> {result}", sums, element))

    @staticmethod
    def _zero_point(zero):
        return f" zero_point {zero}" if zero else ""

    @staticmethod
    def _bias(bias):
        return "" if bias is None else f" bias {[int(b) for b in bias]}"

    @staticmethod
    def _bound(value, zero):
        """The largest |code - zero|."""
        low, high = oracle.code_range(value.element.removeprefix("!lowbit."))
        return max(abs(low - zero), abs(high - zero))

    def packed_matmul(self, x, activation, weights, code, layout):
        """On bytes: the input is an argument of i8 codes, the weights a constant of packed bytes."""
        packed = oracle.pack(weights, layout)
        codes = self.input(x, activation)
        bytes_type = tensor(x.shape, "i8")
        sums = x @ weights.T
        result = tensor(sums.shape, "i32")
        number = len(self._body)
        self._body.append(f"%b{number} = builtin.unrealized_conversion_cast {codes.name} : {codes.type} to {bytes_type}")
        self._body.append(f"%w{number} = arith.constant dense_resource<{self._blob(packed)}> : {tensor(packed.shape, 'i8')}")
        self._body.append(f"%o{number} = tensor.empty() : {result}")
        operands = f"ins(%b{number}, %w{number} : {bytes_type}, {tensor(packed.shape, 'i8')}) outs(%o{number} : {result})"
        types = f"layout <{layout}> activation {element_type(activation)} weight {element_type(code)}"
        return self.returned(self._add(f"lowbit.packed_matmul {operands} {types} -> {result}", sums, "i32"))

    def addsub(self, x, body, sums, bits):
        """`body` has the inputs %x0, %x1, ... and {T} for the accumulator."""
        result = tensor(sums.shape, f"i{bits}")
        number = len(self._body)
        self._body.append(f"%o{number} = tensor.empty() : {result}")
        arguments = ", ".join(f"%x{k}: i{bits}" for k in range(x.array.shape[-1]))
        network = f"{{\n  ^bb0({arguments}):{body.replace('{T}', f'i{bits}')}}}"
        return self.returned(self._add(f"lowbit.addsub ins({x.name} : {x.type}) outs(%o{number} : {result}) {network} -> {result}", sums, f"i{bits}"))

    def float_sum(self, x):
        return self._kernel("float_sum", (x,), oracle.lane_sum(x.array))

    def float_matmul(self, a, b):
        return self._kernel("float_matmul", (a, b), oracle.float_matmul(a.array, b.array))

    def float_conv(self, x, w, bias=None, strides=None, dilations=None, pads=None, groups=1):
        rank = x.array.ndim - 2
        strides, dilations, pads = strides or [1] * rank, dilations or [1] * rank, pads or [0] * 2 * rank
        expected = oracle.float_conv(x.array, w.array, bias.array if bias else None, strides, dilations, pads, groups)
        result = tensor(expected.shape, "f32")
        number = len(self._body)
        self._body.append(f"%o{number} = tensor.empty() : {result}")
        window = f"<size{list(w.array.shape[2:])} strides{strides} dilations{dilations} pads{pads}>"
        names = f"{x.name}, {w.name}" + (f" bias {bias.name}" if bias else "")
        types = ", ".join(v.type for v in (x, w, bias) if v)
        return self.returned(self._add(f"lowbit.float_conv ins({names} : {types}) outs(%o{number} : {result}) window {window} "
                                       f"groups {groups} -> {result}", expected, "f32"))

    def block_matmul(self, x, codes, zeros, scales, bits, block, floats=False):
        """`zeros` are one for all, or one for each block; of `scales` the type counts."""
        every = np.broadcast_to(zeros, scales.shape)
        packed = oracle.pack_blocks(codes, every, scales, bits, block, with_zeros=np.ndim(zeros) > 0)
        if floats:
            index = np.arange(codes.shape[1]) // block
            weights = (codes - every[:, index]).astype(np.float32) * scales.astype(np.float32)[:, index]
            expected = oracle.float_matmul(x.array, weights.T)
        else:
            expected = oracle.block_matmul(x.array, codes, every, scales.astype(np.float32), block)
        result, weights = tensor(expected.shape, "f32"), tensor(packed.shape, "i8")
        number = len(self._body)
        self._body.append(f"%w{number} = arith.constant dense_resource<{self._blob(packed)}> : {weights}")
        self._body.append(f"%o{number} = tensor.empty() : {result}")
        scale = "f16" if scales.dtype == np.float16 else "f32"
        attributes = f"bits {bits} block {block} scales {scale}" + ("" if np.ndim(zeros) > 0 else f" zero_point {zeros}") + (" floats" if floats else "")
        return self.returned(self._add(f"lowbit.block_matmul ins({x.name}, %w{number} : {x.type}, {weights}) outs(%o{number} : {result}) "
                                       f"{attributes} -> {result}", expected, "f32"))

    def _kernel(self, op, operands, expected):
        result = tensor(expected.shape, "f32")
        number = len(self._body)
        self._body.append(f"%o{number} = tensor.empty() : {result}")
        names, types = ", ".join(v.name for v in operands), ", ".join(v.type for v in operands)
        return self.returned(self._add(f"lowbit.{op} ins({names} : {types}) outs(%o{number} : {result}) -> {result}", expected, "f32"))

    def _blob(self, array):
        self._blobs.append(array.tobytes().hex().upper())
        return f"w{len(self._blobs) - 1}"

    def _add(self, operation, array, element):
        value = Value(f"%v{len(self._body)}", array, element)
        self._body.append(f"{value.name} = {operation}")
        return value
