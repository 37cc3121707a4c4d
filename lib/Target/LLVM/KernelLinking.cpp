//===- KernelLinking.cpp - Kernels as bitcode in a model's module ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLinking.h"

#include "setun/Kernels/KernelBitcode.h"
#include "setun/Target/LLVM/Machine.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

namespace setun {

//===----------------------------------------------------------------------===//
// Bitcode
//===----------------------------------------------------------------------===//

/// A layout of data without what says how symbols are spelled.
static std::string getMemoryLayout(StringRef layout) {
  SmallVector<StringRef> parts;
  layout.split(parts, '-');
  erase_if(parts, [](StringRef part) { return part.starts_with("m:"); });
  return join(parts, "-");
}

/// What clang noted of its own machine and options.
static void dropMachine(Function &function) {
  SmallVector<StringRef> names;
  for (const Attribute &attribute : function.getAttributes().getFnAttrs())
    if (attribute.isStringAttribute())
      names.push_back(attribute.getKindAsString());
  for (StringRef name : names)
    function.removeFnAttr(name);
  function.removeFnAttr(Attribute::UWTable);
}

static void eraseIfThere(GlobalVariable *global) {
  if (global)
    global->eraseFromParent();
}

/// Puts `suffix` behind the name of everything that is defined.
static void renameDefinitions(Module &module, StringRef suffix) {
  for (GlobalValue &global : module.global_values())
    if (!global.isDeclaration() && !global.getName().starts_with("llvm."))
      global.setName(global.getName() + suffix);
}

Error linkBitcode(Module &module, StringRef bytes, bool hasNoMemory,
                  StringRef suffix, StringRef features) {
  auto source = getLazyBitcodeModule(MemoryBufferRef(bytes, "kernels"),
                                     module.getContext());
  if (!source)
    return source.takeError();
  if (!hasNoMemory && getMemoryLayout((*source)->getDataLayoutStr()) !=
                          getMemoryLayout(module.getDataLayoutStr()))
    return createStringError("the kernels have another layout of data");
  if (Error failed = (*source)->materializeMetadata())
    return failed;
  (*source)->setTargetTriple(module.getTargetTriple());
  (*source)->setDataLayout(module.getDataLayout());
  eraseIfThere((*source)->getNamedGlobal("llvm.used"));
  eraseIfThere((*source)->getNamedGlobal("llvm.compiler.used"));
  // The flags of modules speak of clang's options, too.
  if (NamedMDNode *flags = (*source)->getModuleFlagsMetadata())
    flags->eraseFromParent();

  if (!suffix.empty())
    renameDefinitions(**source, suffix);
  SmallVector<std::pair<std::string, FunctionType *>> wanted;
  StringSet<> before;
  for (Function &function : module) {
    if (!function.isDeclaration())
      before.insert(function.getName());
    Function *definition = (*source)->getFunction(function.getName());
    if (!function.isDeclaration() || function.isIntrinsic() || !definition)
      continue;
    definition->setLinkage(GlobalValue::ExternalLinkage);
    wanted.emplace_back(function.getName().str(), function.getFunctionType());
  }
  if (Linker::linkModules(module, std::move(*source), Linker::LinkOnlyNeeded))
    return createStringError("the kernels cannot be linked");
  for (Function &function : module)
    if (!function.isDeclaration() && !before.contains(function.getName())) {
      function.setLinkage(GlobalValue::InternalLinkage);
      function.setDSOLocal(true);
      dropMachine(function);
      if (!features.empty())
        function.addFnAttr("target-features", features);
    }
  for (const auto &[name, type] : wanted) {
    const Function *linked = module.getFunction(name);
    if (linked->isDeclaration() || linked->getFunctionType() != type)
      return createStringError("no kernel '" + name +
                               "' takes what it is called with");
  }
  return Error::success();
}

static bool isSameArchitecture(const Triple &a, const Triple &b) {
  bool areArm = (a.isARM() || a.isThumb()) && (b.isARM() || b.isThumb());
  return areArm || a.getArch() == b.getArch();
}

bool isForSystem(const KernelBitcode &bitcode, const Triple &triple) {
  // Tiles are asked for by a system call of Linux.
  return triple.isOSLinux() || !bitcode.features.contains("+amx");
}

/// The richest kernels that the machine can run, null if there are none.
static const KernelBitcode *findKernels(const TargetMachine &machine) {
  std::string layout =
      getMemoryLayout(machine.createDataLayout().getStringRepresentation());
  for (const KernelBitcode &bitcode : getKernelBitcode()) {
    Triple triple(bitcode.triple);
    if (isForSystem(bitcode, machine.getTargetTriple()) &&
        isSameArchitecture(machine.getTargetTriple(), triple) &&
        getMemoryLayout(triple.computeDataLayout()) == layout &&
        machine.getMCSubtargetInfo()->checkFeatures(bitcode.features))
      return &bitcode;
  }
  return nullptr;
}

bool hasKernels(const TargetMachine &machine) { return findKernels(machine); }

//===----------------------------------------------------------------------===//
// Stubs
//===----------------------------------------------------------------------===//

namespace {
/// Writes the body of one stub.
class StubWriter {
public:
  StubWriter(Module &module, Function &stub, const KernelCall &call,
             StringRef kernel, bool specialize)
      : module(module), stub(stub), call(call), kernel(kernel),
        specialize(specialize),
        builder(BasicBlock::Create(module.getContext(), "", &stub)),
        sizeType(module.getDataLayout().getIntPtrType(module.getContext())) {}

  void write();

private:
  /// `product` counts the products of a batch, or is null.
  void writeCall(Value *product);
  Value *makePointer(const KernelArgument &argument, Value *product);
  Value *makeWindow(const KernelArgument &argument);

  Module &module;
  Function &stub;
  const KernelCall &call;
  std::string kernel;
  bool specialize;
  IRBuilder<> builder;
  Type *sizeType;
  unsigned nextArgument = 0;
};
} // namespace

static Type *getElementType(mlir::Type type, LLVMContext &context) {
  return type.isF32() ? Type::getFloatTy(context)
                      : IntegerType::get(context, type.getIntOrFloatBitWidth());
}

Value *StubWriter::makePointer(const KernelArgument &argument, Value *product) {
  if (!argument.memref)
    return ConstantPointerNull::get(builder.getPtrTy());
  Type *element = getElementType(argument.element, module.getContext());
  Value *base = stub.getArg(nextArgument++);
  Value *offset = stub.getArg(nextArgument++);
  Value *pointer = builder.CreateGEP(element, base, offset);
  if (!product)
    return pointer;
  Value *step = ConstantInt::get(sizeType, argument.batchStep);
  return builder.CreateGEP(element, pointer, builder.CreateMul(product, step));
}

/// A constant table; it vanishes where the kernel is inlined.
Value *StubWriter::makeWindow(const KernelArgument &argument) {
  auto *rowType = ArrayType::get(sizeType, 6);
  SmallVector<Constant *> rows;
  for (const auto &row : argument.window) {
    SmallVector<Constant *> numbers;
    for (int64_t number : row)
      numbers.push_back(ConstantInt::get(sizeType, number));
    rows.push_back(ConstantArray::get(rowType, numbers));
  }
  auto *type = ArrayType::get(rowType, 3);
  auto *table = new GlobalVariable(module, type, /*isConstant=*/true,
                                   GlobalValue::PrivateLinkage,
                                   ConstantArray::get(type, rows), "window");
  table->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
  return table;
}

void StubWriter::writeCall(Value *product) {
  SmallVector<Value *> arguments;
  SmallVector<Type *> types;
  for (const KernelArgument &argument : call.arguments) {
    Value *value =
        argument.kind == KernelArgument::Kind::Pointer
            ? makePointer(argument, product)
        : argument.kind == KernelArgument::Kind::Index
            ? builder.CreateZExtOrTrunc(stub.getArg(nextArgument++), sizeType)
        : argument.kind == KernelArgument::Kind::Window
            ? makeWindow(argument)
            : ConstantInt::get(sizeType, argument.size);
    arguments.push_back(value);
    types.push_back(value->getType());
  }
  auto *type = FunctionType::get(builder.getVoidTy(), types, false);
  CallInst *inner =
      builder.CreateCall(module.getOrInsertFunction(kernel, type), arguments);
  if (specialize)
    inner->addFnAttr(Attribute::AlwaysInline);
}

void StubWriter::write() {
  if (call.batches <= 1) {
    writeCall(nullptr);
    builder.CreateRetVoid();
    return;
  }
  LLVMContext &context = module.getContext();
  BasicBlock *entry = builder.GetInsertBlock();
  auto *body = BasicBlock::Create(context, "product", &stub);
  auto *end = BasicBlock::Create(context, "end", &stub);
  builder.CreateBr(body);
  builder.SetInsertPoint(body);
  PHINode *product = builder.CreatePHI(sizeType, 2);
  product->addIncoming(ConstantInt::get(sizeType, 0), entry);
  writeCall(product);
  Value *next = builder.CreateAdd(product, ConstantInt::get(sizeType, 1));
  product->addIncoming(next, body);
  Value *isLess =
      builder.CreateICmpULT(next, ConstantInt::get(sizeType, call.batches));
  builder.CreateCondBr(isLess, body, end);
  builder.SetInsertPoint(end);
  builder.CreateRetVoid();
}

/// Small products gain much from knowing their sizes; a copy of the kernel for
/// each of a few costs little. Firmware would rather have one.
static bool shouldSpecialize(const KernelCall &call, ArrayRef<KernelStub> stubs,
                             const TargetMachine &machine) {
  constexpr int64_t maxTerms = 1 << 20, maxCopies = 16;
  if (machine.getTargetTriple().getOS() == Triple::UnknownOS)
    return false;
  int64_t terms = 1;
  for (const KernelArgument &argument : call.arguments)
    if (argument.kind == KernelArgument::Kind::Size)
      terms = std::min(terms, maxTerms) * std::max<int64_t>(argument.size, 1);
  auto isSame = [&](const KernelStub &other) {
    return other.call.kernel == call.kernel;
  };
  return terms <= maxTerms && count_if(stubs, isSame) <= maxCopies;
}

/// Writes the bodies of the functions `stub.function` + `suffix`.
static void writeStubs(Module &module, const TargetMachine &machine,
                       ArrayRef<KernelStub> stubs, StringRef suffix) {
  for (const KernelStub &stub : stubs) {
    Function *function = module.getFunction(stub.function + suffix.str());
    if (!function) // nobody calls it
      continue;
    function->setLinkage(GlobalValue::InternalLinkage);
    function->addFnAttr(Attribute::AlwaysInline);
    StubWriter(module, *function, stub.call, stub.call.kernel + suffix.str(),
               shouldSpecialize(stub.call, stubs, machine))
        .write();
  }
}

Error linkKernels(Module &module, TargetMachine &machine,
                  ArrayRef<KernelStub> stubs, bool chooseAtRunTime,
                  Function *&main) {
  if (stubs.empty())
    return Error::success();
  const KernelBitcode *kernels = findKernels(machine);
  if (!kernels)
    return createStringError("there are no kernels for '" +
                             machine.getTargetTriple().str() + "'");
  SmallVector<CodeLevel> levels;
  if (chooseAtRunTime) {
    auto added = addLevels(module, machine, stubs, main);
    if (!added)
      return added.takeError();
    levels = std::move(*added);
  }
  writeStubs(module, machine, stubs, "");
  for (const CodeLevel &level : levels) {
    writeStubs(module, machine, stubs, level.suffix);
    if (Error failed =
            linkBitcode(module, level.bitcode->bytes, /*hasNoMemory=*/false,
                        level.suffix, level.features))
      return failed;
  }
  return linkBitcode(module, kernels->bytes, /*hasNoMemory=*/false);
}

} // namespace setun
