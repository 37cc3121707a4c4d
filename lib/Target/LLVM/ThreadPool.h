//===- ThreadPool.h - Threads for code of this process ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What generated code calls to run on several threads, with the interface of
// GNU's OpenMP library. Threads wait for the next call by looking for a while
// before they sleep: a call costs about a microsecond then.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_LLVM_THREADPOOL_H
#define SETUN_LIB_TARGET_LLVM_THREADPOOL_H

namespace setun {

/// `GOMP_parallel`: calls `work(data)` on up to `threads` threads, this one
/// among them, and returns when all have. There may be fewer, as inside of
/// another call or beside one: `work` asks.
void runParallel(void (*work)(void *), void *data, unsigned threads,
                 unsigned flags);

/// `omp_get_thread_num`: in `work`, which of the threads this is.
int getThreadNumber();

/// `omp_get_num_threads`: in `work`, how many there are.
int getThreadCount();

} // namespace setun

#endif // SETUN_LIB_TARGET_LLVM_THREADPOOL_H
