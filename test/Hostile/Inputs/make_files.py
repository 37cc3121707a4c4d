"""Side files that are not the model's, and model files that are cut off anywhere."""

import os
import struct

from models import *


def with_weights(name, shape=(2,), kind=FLOAT, **entries):
    tensor = TensorProto(name="w", data_type=kind, dims=shape, data_location=TensorProto.EXTERNAL)
    for key, text in entries.items():
        tensor.external_data.add(key=key, value=str(text))
    save(name, model([node("Add", "x w")], [value("x", shape)], [value("y", shape)], [tensor]))


outside = folder.parent / "outside"
outside.mkdir(exist_ok=True)
for place in (outside, folder):
    (place / "weights.bin").write_bytes(struct.pack("<40f", *range(40)))
(folder / "sub").mkdir()
(folder / "sub" / "weights.bin").write_bytes(bytes(160))
os.symlink(outside / "weights.bin", folder / "symlink.bin")
os.symlink("weights.bin", folder / "symlink_inside.bin")
os.symlink(outside, folder / "folder_symlink")
os.symlink("symlink_loop.bin", folder / "symlink_loop.bin")
os.link(outside / "weights.bin", folder / "hardlink.bin")
os.mkfifo(folder / "fifo.bin")
os.symlink("/dev/zero", folder / "zero.bin")

with_weights("accepted", location="weights.bin")
with_weights("accepted_offset", location="weights.bin", offset=152, length=8)
with_weights("accepted_subfolder", location="sub/weights.bin")
with_weights("absolute", location=outside / "weights.bin")
with_weights("absolute_inside", location=folder / "weights.bin")
with_weights("up", location="../outside/weights.bin")
with_weights("up_and_down", location=f"../{folder.name}/weights.bin")
with_weights("up_inside", location="sub/../weights.bin")
with_weights("url", location="file:///etc/passwd")
with_weights("home", location="~/.bashrc")
with_weights("nul_byte", location="weights.bin\0../outside/weights.bin")
with_weights("dot", location=".")
with_weights("current", location="./weights.bin")
with_weights("slashes", location="sub//weights.bin")
with_weights("itself", location="itself.onnx")
with_weights("empty_name", location="")
with_weights("no_name", offset=0)
with_weights("missing", location="nothing.bin")
with_weights("long_name", location="x" * 100000)
with_weights("newline", location="a\n*/#error")
for link in ["symlink", "symlink_inside", "symlink_loop", "hardlink", "fifo", "zero"]:
    with_weights(f"is_{link}", location=f"{link}.bin")
with_weights("is_folder", location="sub")
with_weights("through_symlink", location="folder_symlink/weights.bin")
with_weights("offset_past", location="weights.bin", offset=160)
with_weights("offset_end", location="weights.bin", offset=156)
with_weights("offset_negative", location="weights.bin", offset=-8)
with_weights("offset_overflow", location="weights.bin", offset=2**64 - 4)
with_weights("offset_too_long", location="weights.bin", offset="9" * 400)
with_weights("offset_hexadecimal", location="weights.bin", offset="0x8")
with_weights("length_short", location="weights.bin", length=4)
with_weights("length_long", location="weights.bin", length=160)
with_weights("length_negative", location="weights.bin", length=-1)
with_weights("length_past", location="weights.bin", shape=[1000], length=4000)
with_weights("shape_huge", location="weights.bin", shape=[2**31 - 1])
with_weights("strings", location="weights.bin", kind=TensorProto.STRING)

whole = model([node("MatMul", "x w", name="product")], [value("x", [1, 4])], [value("y", [1, 4])], [constant("w", np.eye(4, dtype="f4"))])
data = whole.SerializeToString()
for length in range(0, len(data), 7):
    save(f"cut_{length:04}", data[:length])
save("flipped", bytes(byte ^ 255 for byte in data))
save("twice", data + data)
save("zeros", bytes(1 << 20))
save("ones", b"\xff" * (1 << 20))
save("length_without_end", b"\x3a" + b"\xff" * 9 + b"\x01" + data)
save("group", b"\x0b" * 100000)
