// Runs _start of a WebAssembly module, which prints with env.write.
const fs = require('fs');
let instance;
const write = (at, size) =>
    fs.writeSync(1, new Uint8Array(instance.exports.memory.buffer, at, size));
const module_ = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
instance = new WebAssembly.Instance(module_, {env : {write}});
instance.exports._start();
