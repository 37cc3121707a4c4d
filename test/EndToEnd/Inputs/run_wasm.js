// Runs _start of a WebAssembly module, which prints with env.write.
const fs = require('fs');
// Node 20 has relaxed vectors as an experiment, which its baseline compiler
// gets wrong: it overwrites the sum that a product is added to.
if (parseInt(process.versions.node) < 21) {
  require('v8').setFlagsFromString('--experimental-wasm-relaxed-simd');
  require('v8').setFlagsFromString('--no-liftoff');
}
let instance;
const write = (at, size) =>
    fs.writeSync(1, new Uint8Array(instance.exports.memory.buffer, at, size));
const module_ = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
instance = new WebAssembly.Instance(module_, {env : {write}});
instance.exports._start();
