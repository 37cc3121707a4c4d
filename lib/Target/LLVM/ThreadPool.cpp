//===- ThreadPool.cpp - Threads for code of this process ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ThreadPool.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace setun {

static thread_local int threadNumber = 0;
static thread_local int threadCount = 1;

/// A moment that a core gives to its other thread.
static void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

namespace {
/// Between two layers nobody should have to be woken: some 100 microseconds.
constexpr int maxLooks = 5000;

/// What a call of runParallel() asks for.
struct Task {
  void (*work)(void *) = nullptr;
  void *data = nullptr;
  int threads = 1;
};

/// Threads that wait for tasks; there is one pool in a process.
class ThreadPool {
public:
  ~ThreadPool();

  void run(const Task &wanted);

private:
  /// A thread and how often it was called. It ends when `task.work` is null.
  struct Worker {
    alignas(64) std::atomic<uint32_t> calls{0};
    std::atomic<bool> sleeps{false};
    std::mutex mutex;
    std::condition_variable called;
    std::thread thread;
  };

  bool hire(size_t count);
  void serve(Worker &worker, int number);
  static void call(Worker &worker);

  /// Held during a call.
  std::mutex mutex;
  std::vector<std::unique_ptr<Worker>> workers;
  Task task;
  alignas(64) std::atomic<int> unfinished{0};
};
} // namespace

/// Runs the task as one of its threads.
static void runAs(const Task &task, int number) {
  threadNumber = number;
  threadCount = task.threads;
  task.work(task.data);
  threadNumber = 0;
  threadCount = 1;
}

void ThreadPool::call(Worker &worker) {
  // Either this sees that the worker sleeps, or the worker sees the call
  // before it does.
  worker.calls.fetch_add(1);
  if (!worker.sleeps.load())
    return;
  std::lock_guard<std::mutex> lock(worker.mutex);
  worker.called.notify_one();
}

void ThreadPool::serve(Worker &worker, int number) {
  for (uint32_t seen = 0;; ++seen) {
    auto isCalled = [&] { return worker.calls.load() != seen; };
    for (int i = 0; i < maxLooks && !isCalled(); ++i)
      pause();
    if (!isCalled()) {
      std::unique_lock<std::mutex> lock(worker.mutex);
      worker.sleeps.store(true);
      worker.called.wait(lock, isCalled);
      worker.sleeps.store(false);
    }
    if (!task.work)
      return;
    runAs(task, number);
    unfinished.fetch_sub(1, std::memory_order_release);
  }
}

/// Starts threads until there are `count`; false if the system has no more.
bool ThreadPool::hire(size_t count) {
  while (workers.size() < count) {
    auto worker = std::make_unique<Worker>();
    int number = int(workers.size()) + 1;
    try {
      worker->thread = std::thread(
          [this, &worker = *worker, number] { serve(worker, number); });
    } catch (const std::system_error &) {
      return false;
    }
    workers.push_back(std::move(worker));
  }
  return true;
}

void ThreadPool::run(const Task &wanted) {
  std::unique_lock<std::mutex> lock(mutex, std::try_to_lock);
  size_t others = size_t(wanted.threads) - 1;
  if (!lock || !hire(others)) {
    Task alone = wanted;
    alone.threads = 1;
    return runAs(alone, 0);
  }
  task = wanted;
  unfinished.store(int(others), std::memory_order_relaxed);
  for (size_t i = 0; i < others; ++i)
    call(*workers[i]);
  runAs(task, 0);
  for (int looks = 0; unfinished.load(std::memory_order_acquire) > 0; ++looks)
    looks < maxLooks ? pause() : std::this_thread::yield();
}

ThreadPool::~ThreadPool() {
  task.work = nullptr;
  for (const auto &worker : workers)
    call(*worker);
  for (const auto &worker : workers)
    worker->thread.join();
}

void runParallel(void (*work)(void *), void *data, unsigned threads,
                 unsigned flags) {
  (void)flags;
  static ThreadPool pool;
  Task task{work, data, int(threads)};
  // Work of a thread that is one of several is not split again.
  if (threads <= 1 || threadCount > 1) {
    int number = threadNumber, count = threadCount;
    task.threads = 1;
    runAs(task, 0);
    threadNumber = number;
    threadCount = count;
    return;
  }
  pool.run(task);
}

int getThreadNumber() { return threadNumber; }
int getThreadCount() { return threadCount; }

} // namespace setun
