#include "lib/Target/LLVM/ThreadPool.h"

#include "gtest/gtest.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using namespace setun;

namespace {
/// Who worked on what, as generated code asks.
struct Record {
  std::vector<std::atomic<int>> times = std::vector<std::atomic<int>>(8);
  std::atomic<int> threads{0};
};
} // namespace

static void count(void *data) {
  auto &record = *static_cast<Record *>(data);
  record.threads = getThreadCount();
  for (int i = getThreadNumber(); i < 8; i += getThreadCount())
    ++record.times[i];
}

static void expectEachOnce(const Record &record) {
  for (const std::atomic<int> &times : record.times)
    EXPECT_EQ(times, 1);
}

TEST(ThreadPool, EveryPartRunsOnce) {
  for (unsigned threads : {1, 2, 3, 8, 2, 1}) {
    Record record;
    runParallel(count, &record, threads, 0);
    EXPECT_EQ(record.threads, int(threads));
    expectEachOnce(record);
  }
  EXPECT_EQ(getThreadNumber(), 0);
  EXPECT_EQ(getThreadCount(), 1);
}

TEST(ThreadPool, ManyCallsWithAndWithoutSleep) {
  for (int i = 0; i < 2000; ++i) {
    Record record;
    runParallel(count, &record, 3, 0);
    expectEachOnce(record);
    if (i % 500 == 0) // long enough to fall asleep
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

TEST(ThreadPool, ACallInsideIsNotSplit) {
  static Record inner[2];
  auto outer = [](void *) {
    int number = getThreadNumber(), threads = getThreadCount();
    runParallel(count, &inner[number], 2, 0);
    EXPECT_EQ(getThreadNumber(), number);
    EXPECT_EQ(getThreadCount(), threads);
  };
  runParallel(outer, nullptr, 2, 0);
  for (const Record &record : inner) {
    EXPECT_EQ(record.threads, 1);
    expectEachOnce(record);
  }
}

TEST(ThreadPool, CallersAtTheSameTime) {
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([] {
      for (int round = 0; round < 200; ++round) {
        Record record;
        runParallel(count, &record, 2, 0);
        expectEachOnce(record);
      }
    });
  for (std::thread &caller : callers)
    caller.join();
}
