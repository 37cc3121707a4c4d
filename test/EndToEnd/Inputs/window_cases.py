"""Cases of the operators that slide a window over an image; see operator_cases.py."""

import numpy as np
from operator_cases import floats, make_case


def image(rng, *shape):
    return np.clip(floats(rng, *shape), -8, 8)


def convolution(rng):
    def conv(name, x, w, bias=True, **attributes):
        inputs = [x, w, image(rng, w.shape[0])] if bias else [x, w]
        return make_case(f"Conv_{name}", "Conv", inputs, constants=[1], ulps=8, floor=512.0, **attributes)

    yield conv("line", image(rng, 2, 3, 11), image(rng, 4, 3, 3))
    yield conv("line_padded", image(rng, 2, 3, 11), image(rng, 4, 3, 4), pads=[2, 3], strides=[2])
    yield conv("image", image(rng, 1, 5, 9, 40), image(rng, 6, 5, 3, 3), bias=False)
    yield conv("wide", image(rng, 1, 2, 3, 70), image(rng, 5, 2, 2, 5), pads=[1, 2, 0, 2])
    yield conv("pointwise", image(rng, 2, 40, 5, 7), image(rng, 9, 40, 1, 1))
    yield conv("strided", image(rng, 1, 4, 11, 13), image(rng, 7, 4, 3, 5), strides=[2, 3], pads=[1, 0, 2, 4])
    yield conv("dilated", image(rng, 1, 3, 12, 15), image(rng, 4, 3, 3, 3), dilations=[2, 4], pads=[2, 4, 2, 4])
    yield conv("grouped", image(rng, 1, 6, 8, 9), image(rng, 4, 3, 3, 3), group=2, pads=[1, 1, 1, 1])
    yield conv("depthwise", image(rng, 2, 5, 8, 35), image(rng, 5, 1, 3, 3), group=5, pads=[1, 1, 1, 1])
    yield conv("multiplied", image(rng, 1, 3, 8, 9), image(rng, 6, 1, 2, 3), group=3)
    yield conv("volume", image(rng, 1, 2, 4, 5, 6), image(rng, 3, 2, 2, 3, 3), pads=[1, 0, 1, 0, 1, 1], strides=[1, 2, 1])
    for mode in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        yield conv(mode, image(rng, 1, 2, 7, 10), image(rng, 3, 2, 4, 3), auto_pad=mode, strides=[2, 3])
    yield conv("beyond", image(rng, 1, 1, 2, 2), image(rng, 2, 1, 5, 5), pads=[4, 4, 4, 4])
    yield make_case("Conv_runtime", "Conv", [image(rng, 1, 2, 5, 6), image(rng, 3, 2, 3, 3)], ulps=8, floor=512.0)


def pooling(rng):
    x = image(rng, 2, 3, 9, 12)
    for name, attributes in {
        "plain": {"kernel_shape": [2, 2], "strides": [2, 2]},
        "padded": {"kernel_shape": [3, 4], "pads": [1, 2, 2, 3]},
        "strided": {"kernel_shape": [3, 2], "strides": [2, 3], "pads": [1, 0, 0, 1]},
        "ceil": {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1},
        "ceil_padded": {"kernel_shape": [3, 3], "strides": [2, 4], "pads": [0, 1, 1, 1], "ceil_mode": 1},
        "upper": {"kernel_shape": [3, 4], "strides": [2, 2], "auto_pad": "SAME_UPPER"},
        "lower": {"kernel_shape": [2, 4], "strides": [1, 3], "auto_pad": "SAME_LOWER"},
        "dilated": {"kernel_shape": [3, 2], "dilations": [2, 3], "pads": [2, 1, 1, 1]},
        "whole": {"kernel_shape": [9, 12]},
    }.items():
        yield make_case(f"MaxPool_{name}", "MaxPool", [x], **attributes)
        yield make_case(f"AveragePool_{name}", "AveragePool", [x], opset=19, ulps=4, floor=8.0, **attributes)
        yield make_case(f"AveragePool_{name}_included", "AveragePool", [x], opset=19, ulps=4, floor=8.0, count_include_pad=1,
                        **attributes)
        yield make_case(f"LpPool_{name}", "LpPool", [x], opset=18, ulps=8, floor=64.0, p=2, **attributes)
        if "dilations" not in attributes:
            for order in (0, 1):
                yield make_case(f"MaxPool_{name}_indices_{order}", "MaxPool", [x], outputs=2, storage_order=order, **attributes)
    yield make_case("MaxPool_line", "MaxPool", [image(rng, 2, 2, 9)], outputs=2, kernel_shape=[3], pads=[1, 1], strides=[2])
    yield make_case("MaxPool_volume", "MaxPool", [image(rng, 1, 2, 4, 5, 6)], kernel_shape=[2, 3, 2], pads=[1, 0, 0, 0, 2, 1])
    yield make_case("AveragePool_volume", "AveragePool", [image(rng, 1, 2, 4, 5, 6)], kernel_shape=[2, 3, 2], ulps=4, floor=8.0)
    for p in (1, 3, 4, 5):
        yield make_case(f"LpPool_norm_{p}", "LpPool", [x], kernel_shape=[3, 3], p=p, ulps=64, floor=64.0)
        yield make_case(f"GlobalLpPool_norm_{p}", "GlobalLpPool", [x], p=p, ulps=64, floor=64.0)
    for kind in (np.int8, np.uint8):
        codes = rng.integers(np.iinfo(kind).min, np.iinfo(kind).max, (1, 2, 5, 6), endpoint=True).astype(kind)
        yield make_case(f"MaxPool_{kind.__name__}", "MaxPool", [codes], kernel_shape=[3, 2], pads=[1, 1, 0, 0])


def transposed_convolution(rng):
    def transposed(name, x, w, groups=1, **attributes):
        return make_case(f"ConvTranspose_{name}", "ConvTranspose", [x, w, image(rng, w.shape[1] * groups)], constants=[1], ulps=8,
                         floor=512.0, group=groups, **attributes)

    yield transposed("line", image(rng, 2, 3, 7), image(rng, 3, 4, 3))
    yield transposed("image", image(rng, 1, 3, 5, 6), image(rng, 3, 4, 3, 2), strides=[2, 3], pads=[1, 0, 2, 1])
    yield transposed("grouped", image(rng, 1, 4, 5, 6), image(rng, 4, 3, 2, 2), groups=2, strides=[2, 2])
    yield transposed("dilated", image(rng, 1, 2, 5, 6), image(rng, 2, 3, 3, 3), dilations=[2, 3], strides=[3, 1])
    yield transposed("output_padding", image(rng, 1, 2, 5, 6), image(rng, 2, 3, 3, 3), strides=[3, 2], output_padding=[2, 1])
    yield transposed("output_shape", image(rng, 1, 2, 5, 6), image(rng, 2, 3, 3, 3), strides=[3, 2], output_shape=[14, 10])
    for mode in ("SAME_UPPER", "SAME_LOWER"):
        yield transposed(mode, image(rng, 1, 2, 5, 6), image(rng, 2, 3, 3, 4), strides=[2, 3], auto_pad=mode)
    yield transposed("volume", image(rng, 1, 2, 3, 4, 5), image(rng, 2, 2, 2, 3, 2), strides=[1, 2, 1], pads=[0, 1, 1, 1, 0, 0])


def moves(rng):
    x = image(rng, 2, 3, 4, 6)
    for mode in ("reflect", "edge", "wrap"):
        yield make_case(f"Pad_{mode}", "Pad", [x, np.int64([0, 1, 2, 3, 0, 2, 3, 1])], opset=19, constants=[1], mode=mode)
    yield make_case("Pad_reflect_axis", "Pad", [x, np.int64([3, 2]), None, np.int64([-1])], opset=19, constants=[1, 3], mode="reflect")
    yield make_case("SpaceToDepth", "SpaceToDepth", [x], blocksize=2)
    for mode in ("DCR", "CRD"):
        yield make_case(f"DepthToSpace_{mode}", "DepthToSpace", [image(rng, 2, 12, 3, 5)], blocksize=2, mode=mode)
    pooled = np.max(x.reshape(2, 3, 2, 2, 3, 2), axis=(3, 5))
    at = rng.permutation(x.size)[: pooled.size].reshape(pooled.shape).astype(np.int64)
    yield make_case("MaxUnpool", "MaxUnpool", [pooled, at], kernel_shape=[2, 2], strides=[2, 2])
    for size in (1, 3, 5, 9):
        yield make_case(f"LRN_{size}", "LRN", [image(rng, 2, 6, 3, 4)], size=size, alpha=0.1, beta=0.75, bias=1.5, ulps=16)
    yield make_case("LRN_beta", "LRN", [image(rng, 2, 6, 3, 4)], size=3, alpha=0.1, beta=0.6, bias=1.5, ulps=64)
    for op in ("GlobalMaxPool", "GlobalLpPool"):
        yield make_case(op, op, [image(rng, 2, 3, 5, 7)], ulps=8)


def resize(rng):
    x, scales = image(rng, 1, 2, 5, 6), np.float32([1, 1, 2, 3])
    for transform in ("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"):
        for mode in ("nearest", "linear", "cubic"):
            for name, factor in (("up", scales), ("down", np.float32([1, 1, 0.8, 0.5]))):
                yield make_case(f"Resize_{mode}_{transform}_{name}", "Resize", [x, None, factor], opset=18, constants=[2], mode=mode,
                                coordinate_transformation_mode=transform, ulps=64, floor=8.0)
    for nearest in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
        yield make_case(f"Resize_{nearest}", "Resize", [x, None, None, np.int64([1, 2, 9, 4])], opset=18, constants=[3],
                        mode="nearest", nearest_mode=nearest)
    yield make_case("Resize_crop", "Resize", [x, np.float32([0, 0, 0.1, -0.2, 1, 1, 0.9, 1.1]), None, np.int64([1, 2, 7, 5])],
                    opset=13, constants=[1, 3], mode="linear", coordinate_transformation_mode="tf_crop_and_resize",
                    extrapolation_value=3.5, ulps=64, floor=8.0)
    yield make_case("Resize_exclude", "Resize", [x, None, scales], opset=13, constants=[2], mode="cubic", exclude_outside=1, ulps=64,
                    floor=8.0)
    codes = rng.integers(-128, 128, (1, 2, 5, 6)).astype(np.int8)
    yield make_case("Resize_int8", "Resize", [codes, None, scales], opset=13, constants=[2])
    yield make_case("Resize_10", "Resize", [x, np.float32([1, 1, 2, 0.5])], opset=10, constants=[1])
    for mode in ("nearest", "linear"):
        yield make_case(f"Upsample_7_{mode}", "Upsample", [x], opset=7, scales=[1.0, 1.0, 2.0, 3.0], mode=mode, ulps=64, floor=8.0)
        yield make_case(f"Upsample_9_{mode}", "Upsample", [x, scales], opset=9, constants=[1], mode=mode, ulps=64, floor=8.0)


def sampling(rng):
    x = image(rng, 2, 3, 5, 6)
    grid = rng.uniform(-1.6, 1.6, (2, 4, 7, 2)).astype(np.float32)
    for mode in ("nearest", "linear", "cubic"):
        for padding in ("zeros", "border", "reflection"):
            for corners in (0, 1):
                yield make_case(f"GridSample_{mode}_{padding}_{corners}", "GridSample", [x, grid], opset=20, mode=mode,
                                padding_mode=padding, align_corners=corners, ulps=1024, floor=8.0)
    volume, places = image(rng, 1, 2, 3, 4, 5), rng.uniform(-1.6, 1.6, (1, 2, 3, 4, 3)).astype(np.float32)
    yield make_case("GridSample_volume", "GridSample", [volume, places], opset=20, mode="linear", ulps=1024, floor=8.0)
    regions = np.float32([[0, 0, 3, 3], [0.5, 1.2, 4.4, 3.1], [2, 2, 2, 2], [-1.5, 1, 7.5, 6]])
    for mode in ("avg", "max"):
        for transform in ("half_pixel", "output_half_pixel"):
            for ratio in (0, 2):
                yield make_case(f"RoiAlign_{mode}_{transform}_{ratio}", "RoiAlign", [x, regions, np.int64([0, 1, 1, 0])], opset=16,
                                mode=mode, coordinate_transformation_mode=transform, sampling_ratio=ratio, output_height=2,
                                output_width=3, spatial_scale=1.25, ulps=64, floor=8.0)
    numbered = np.concatenate([np.float32([[0], [1], [1], [0]]), regions], axis=1)
    yield make_case("MaxRoiPool", "MaxRoiPool", [x, numbered], pooled_shape=[2, 3], spatial_scale=0.8)


FAMILIES = (convolution, pooling, transposed_convolution, moves, resize, sampling)


def all_cases(seed=1958):
    """Every case, always the same ones."""
    for family in FAMILIES:
        yield from family(np.random.default_rng(seed))
