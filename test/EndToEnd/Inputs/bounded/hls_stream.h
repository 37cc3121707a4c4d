//===- hls_stream.h - Streams that block ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// In the place of the vendor's: a stream holds so many beats, a writer waits
// for room and a reader for a beat. Where all wait, the program ends.
//===----------------------------------------------------------------------===//

#ifndef SETUN_TEST_BOUNDED_HLS_STREAM_H
#define SETUN_TEST_BOUNDED_HLS_STREAM_H

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>

namespace hls {

/// Of all streams.
inline std::atomic<long> &count_transfers() {
  static std::atomic<long> count(0);
  return count;
}

template <typename T> class stream {
public:
  explicit stream(const char *name = "", size_t depth = size_t(-1))
      : name(name), depth(depth) {}

  T read() {
    std::unique_lock<std::mutex> lock(mutex);
    wait(lock, "empty", [&] { return !beats.empty(); });
    T beat = beats.front();
    beats.pop_front();
    changed.notify_all();
    return beat;
  }

  void write(const T &beat) {
    std::unique_lock<std::mutex> lock(mutex);
    wait(lock, "full", [&] { return beats.size() < depth; });
    beats.push_back(beat);
    changed.notify_all();
  }

private:
  template <typename F>
  void wait(std::unique_lock<std::mutex> &lock, const char *state, F isReady) {
    // Others may be at work.
    for (long seen = -1; seen != transfers();) {
      seen = transfers();
      if (changed.wait_for(lock, std::chrono::seconds(10), isReady)) {
        ++transfers();
        return;
      }
    }
    std::printf("%s stays %s\n", name.c_str(), state);
    std::fflush(stdout);
    std::_Exit(3);
  }

  static std::atomic<long> &transfers() { return count_transfers(); }

  std::string name;
  size_t depth;
  std::deque<T> beats;
  std::mutex mutex;
  std::condition_variable changed;
};

} // namespace hls

#endif // SETUN_TEST_BOUNDED_HLS_STREAM_H
