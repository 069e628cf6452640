// ---- the first layer: each warp has a slab of its inputs, each lane the weights of some of them

// The output of a slot. Lanes that share outputs hold them in different slots, so that each finds in
// its own lower slots what its neighbour has in the upper ones (see `fold`).
DEVICE int output_of(int thread, int pass, int slot) {
    int lane = thread % WARP;
    return (pass * GROUPS + lane / LANES) * SLOTS + (slot ^ (lane % SLOTS));
}

// Calls use(p, q) for each of the thread's outputs, of which it has four a pass.
template <typename Use>
DEVICE void each_slot(Use use) {
    UNROLL
    for (int p = 0; p < PASSES; ++p)
        UNROLL
        for (int q = 0; q < SLOTS; ++q) use(p, q);
}

// Calls use(p, q, k) for each of its weights.
template <typename Use>
DEVICE void each_weight(Use use) {
    each_slot([&](int p, int q) {
        UNROLL
        for (int k = 0; k < INPUTS; ++k) use(p, q, k);
    });
}

template <bool LEAVING>
DEVICE void move_slab(const Job& job, int thread, Held& mine) {
    each_weight([&](int p, int q, int k) {
        int o = output_of(thread, p, q), i = slab_begin(thread) + place_in_slab(thread, k);
        bool there = o < SIZES[1] && i < SIZES[0] && k < inputs_of(thread);
        int at = o * SIZES[0] + i;
        if (LEAVING && there) {
            job.parameters[at] = mine.weights[p][q][k];
            if (MOMENTUM) job.velocity[at] = mine.velocity[p][q][k];
        }
        if (!LEAVING) {
            mine.weights[p][q][k] = there ? job.parameters[at] : (Real)0;
            if (MOMENTUM) mine.velocity[p][q][k] = there ? job.velocity[at] : (Real)0;
        }
    });
}

// ---- forward: what a slab contributes to the sums of a unit of samples

DEVICE void sum_slab(int unit, int thread, Held& mine) {
    UNROLL
    for (int s = 0; s < UNIT; ++s) each_slot([&](int p, int q) { mine.sums[s][p][q] = 0; });
    each_pixel(slab_of(thread, unit * UNIT), thread, [&](int s, int k, Real x) {
        each_slot([&](int p, int q) { mine.sums[s][p][q] += mine.weights[p][q][k] * x; });
    });
}

// Adds what the upper COUNT slots hold to the lower ones of the lane that differs in that bit, which
// has the same outputs there; with the upper ones the lane is done.
template <int BIT, int COUNT>
DEVICE void fold(int thread, Held& mine) {
    UNROLL
    for (int s = 0; s < UNIT; ++s)
        UNROLL
        for (int p = 0; p < PASSES; ++p)
            UNROLL
            for (int q = 0; q < COUNT; ++q)
                mine.sums[s][p][q] += OF_LANE(BIT, sums[s][p][COUNT + q]);
}

// Where lanes that differ in that bit have the same, and only, output: gives both the sum.
template <int BIT, int FROM>
DEVICE void share_sum(int thread, Held& mine) {
    UNROLL
    for (int s = 0; s < UNIT; ++s)
        UNROLL
        for (int p = 0; p < PASSES; ++p)
            mine.sums[s][p][1 - FROM] = mine.sums[s][p][FROM] + OF_LANE(BIT, sums[s][p][FROM]);
}

DEVICE void keep_sums(int unit, int thread, const Held& mine) {
    constexpr int summed = LANES == 8 || LANES == 32 ? 1 : 0;  // where `share_sum` left them
    if (thread % LANES >= SLOTS) return;
    UNROLL
    for (int s = 0; s < UNIT; ++s) {
        int sample = unit * UNIT % TILE + s;
        Real* partial = numbers(PARTIAL_AT) + (thread / WARP * TILE + sample) * OUTPUTS;
        UNROLL
        for (int p = 0; p < PASSES; ++p) partial[output_of(thread, p, 0)] = mine.sums[s][p][summed];
    }
}

DEVICE void sum_slabs(int tile PASS_THREAD) {
    constexpr int units = TILE / UNIT;
    UNROLL_BY(units <= 2 ? 2 : 1)
    for (int unit = tile * units; unit < (tile + 1) * units; ++unit) {
        LANE_PHASE(sum_slab(unit, thread, held));
        LANE_PHASE(fold<2, 2>(thread, held));
        LANE_PHASE(fold<1, 1>(thread, held));
        if constexpr (LANES > 4) LANE_PHASE(share_sum<4, 0>(thread, held));
        if constexpr (LANES > 8) LANE_PHASE(share_sum<8, 1>(thread, held));
        if constexpr (LANES > 16) LANE_PHASE(share_sum<16, 0>(thread, held));
        LANE_PHASE(keep_sums(unit, thread, held));
    }
}

// ---- update

// The first layer's −η/m ∂C/∂z times the pixels' scale, those of a unit of samples together: they are
// read in fours, and their stride is an odd number of fours, so that lanes meet in no bank.
DEVICE Real* lower_deltas(int output, int unit) {
    return numbers(LOWER_AT) + output * UNIT_STRIDE + unit * (OUTPUTS * UNIT_STRIDE);
}

// −η/m Σ ∂C/∂z x goes to the weights, or to μ v as nn/optimizers/direct.py has it.
DEVICE void update_slab(const Job& job, int thread, Held& mine) {
    auto& to = MOMENTUM ? mine.velocity : mine.weights;
    if constexpr (DECAYS && !MOMENTUM)
        each_weight([&](int p, int q, int k) { mine.weights[p][q][k] *= job.decay; });
    UNROLL_BY(BATCH / UNIT <= 2 ? 2 : 1)
    for (int unit = 0; unit < BATCH / UNIT; ++unit) {
        Some<Real, 4> delta[PASSES][SLOTS][divided(UNIT, 4)];
        each_slot([&](int p, int q) {
            const Real* row = lower_deltas(output_of(thread, p, q), unit);
            UNROLL
            for (int s = 0; s < UNIT; s += 4) delta[p][q][s / 4] = *(const Some<Real, 4>*)(row + s);
        });
        each_pixel(slab_of(thread, unit * UNIT), thread, [&](int s, int k, Real x) {
            each_slot([&](int p, int q) { to[p][q][k] += delta[p][q][s / 4].at[s % 4] * x; });
        });
    }
    if constexpr (MOMENTUM)
        each_weight([&](int p, int q, int k) {
            Real &w = mine.weights[p][q][k], &v = mine.velocity[p][q][k];
            if (DECAYS) v += (job.decay - 1) * w;
            w += v;
            v *= job.momentum;
        });
}
