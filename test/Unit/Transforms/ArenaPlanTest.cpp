// Arena plans: properties that hold for any lifetimes, and how close to the
// lower bound plans of programs come.
#include "lib/Transforms/ArenaPlan.h"

#include "gtest/gtest.h"

#include <random>
#include <vector>

using namespace setun;

namespace {

using Buffers = std::vector<PlannedBuffer>;

/// No byte has two owners at one time, offsets are aligned, and the arena is
/// large enough and no smaller than its lower bound.
void expectValid(const ArenaPlan &plan, const Buffers &buffers) {
  EXPECT_GE(plan.bytes, plan.lowerBound);
  for (size_t i = 0; i < buffers.size(); ++i) {
    const PlannedBuffer &a = buffers[i];
    EXPECT_EQ(a.offset % 64, 0);
    EXPECT_GE(a.offset, 0);
    if (a.alive.last < a.alive.first)
      continue;
    EXPECT_LE(a.offset + a.bytes, plan.bytes);
    for (size_t j = 0; j < i; ++j) {
      const PlannedBuffer &b = buffers[j];
      if (b.alive.first <= a.alive.last && a.alive.first <= b.alive.last &&
          b.alive.first <= b.alive.last)
        EXPECT_TRUE(a.offset + a.bytes <= b.offset ||
                    b.offset + b.bytes <= a.offset)
            << "buffers " << i << " and " << j << " share bytes";
    }
  }
}

/// The largest sum of rounded sizes alive at one of `steps` steps, counted step
/// by step.
int64_t countMostAlive(const Buffers &buffers, int64_t steps) {
  int64_t most = 0;
  for (int64_t step = 0; step < steps; ++step) {
    int64_t alive = 0;
    for (const PlannedBuffer &buffer : buffers)
      if (buffer.alive.first <= step && step <= buffer.alive.last)
        alive += (buffer.bytes + 63) / 64 * 64;
    most = std::max(most, alive);
  }
  return most;
}

TEST(ArenaPlan, NothingNeedsNothing) {
  Buffers buffers;
  ArenaPlan plan = planArenaOffsets(buffers);
  EXPECT_EQ(plan.bytes, 0);
  EXPECT_EQ(plan.lowerBound, 0);
}

TEST(ArenaPlan, OneAfterTheOther) {
  Buffers buffers = {{100, {0, 1}, -1}, {64, {2, 3}, -1}};
  ArenaPlan plan = planArenaOffsets(buffers);
  EXPECT_EQ(plan.bytes, 128);
  EXPECT_EQ(plan.lowerBound, 128);
  EXPECT_EQ(buffers[0].offset, 0);
  EXPECT_EQ(buffers[1].offset, 0);
}

TEST(ArenaPlan, SharedStepIsOverlap) {
  // A layer reads one buffer and writes the other in the same step.
  Buffers buffers = {{1, {0, 1}, -1}, {1, {1, 2}, -1}};
  ArenaPlan plan = planArenaOffsets(buffers);
  EXPECT_EQ(plan.bytes, 128);
  EXPECT_EQ(plan.lowerBound, 128);
  expectValid(plan, buffers);
}

TEST(ArenaPlan, FillsAGap) {
  // Large and small live on both sides of a hole that the third fits into.
  Buffers buffers = {
      {256, {0, 9}, -1}, {64, {0, 3}, -1}, {64, {4, 9}, -1}, {64, {2, 5}, -1}};
  ArenaPlan plan = planArenaOffsets(buffers);
  EXPECT_EQ(plan.lowerBound, 384);
  expectValid(plan, buffers);
}

TEST(ArenaPlan, UntouchedBuffersNeedNothing) {
  Buffers buffers = {{1000, {INT64_MAX, -1}, -1}, {64, {0, 0}, -1}};
  ArenaPlan plan = planArenaOffsets(buffers);
  EXPECT_EQ(plan.bytes, 64);
  EXPECT_EQ(plan.lowerBound, 64);
}

TEST(ArenaPlan, RandomLifetimes) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    Buffers buffers;
    for (size_t i = 0, count = random() % 40; i < count; ++i) {
      int64_t first = random() % 30, length = random() % 12;
      int64_t bytes = 1 + random() % (random() % 2 ? 100 : 5000);
      buffers.push_back({bytes, {first, first + length}, -1});
    }
    ArenaPlan plan = planArenaOffsets(buffers);
    expectValid(plan, buffers);
    EXPECT_EQ(plan.lowerBound, countMostAlive(buffers, 50));
  }
}

TEST(ArenaPlan, EqualInputEqualPlan) {
  Buffers buffers;
  for (int64_t i = 0; i < 50; ++i)
    buffers.push_back({64 * (i % 3 + 1), {i, i + i % 7}, -1});
  Buffers again = buffers;
  EXPECT_EQ(planArenaOffsets(buffers).bytes, planArenaOffsets(again).bytes);
  for (size_t i = 0; i < buffers.size(); ++i)
    EXPECT_EQ(buffers[i].offset, again[i].offset);
}

/// A program that runs straight on: layer i writes buffer i, which layer i + 1
/// reads; some are read again a few layers later (residual connections), some
/// layers have scratch of their own.
Buffers makeProgram(unsigned seed, int64_t layers) {
  std::mt19937 random(seed);
  Buffers buffers;
  for (int64_t i = 0; i < layers; ++i) {
    int64_t bytes = 64 << random() % 8;
    int64_t last = i + 1 + (random() % 4 == 0 ? random() % 3 + 1 : 0);
    buffers.push_back({bytes, {i, last}, -1});
    if (random() % 3 == 0)
      buffers.push_back({int64_t(1 + random() % 4000), {i, i}, -1});
  }
  return buffers;
}

TEST(ArenaPlan, ProgramsNeedAtMostAQuarterMoreThanTheLowerBound) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    int64_t layers = 2 + seed % 40;
    Buffers buffers = makeProgram(seed, layers);
    ArenaPlan plan = planArenaOffsets(buffers);
    expectValid(plan, buffers);
    EXPECT_LE(4 * plan.bytes, 5 * plan.lowerBound)
        << "program " << seed << " of " << layers << " layers";
  }
}

} // namespace
