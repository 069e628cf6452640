// ---- the layers above the first: activations (m, n) and ∂C/∂z (m, n), a thread a number

template <int L> DEVICE Real* activations(int m) { return numbers(ACTIVATIONS_AT[L]) + m * STRIDES[L]; }
template <int L> DEVICE Real* deltas(int m) { return numbers(DELTAS_AT[L]) + m * STRIDES[L]; }
template <int L> DEVICE Real* weights(int o) { return numbers(WEIGHTS_AT[L]) + o * STRIDES[L]; }
template <int L> DEVICE Real* biases() { return numbers(BIASES_AT[L]); }

// Calls use(i) for each i below N that falls to a thread.
template <int N, typename Use>
DEVICE void each(int thread, Use use) {
    constexpr int rounds = divided(N, THREADS);
    UNROLL_BY(4)
    for (int round = 0; round < rounds; ++round) {
        int i = round * THREADS + thread;
        if (i < N) use(i);
    }
}

// Parameters between global and shared memory, but for the first layer's weights.
template <int L, bool LEAVING>
DEVICE void move_layers(const Job& job, int thread) {
    constexpr int n_in = SIZES[L], n_out = SIZES[L + 1];
    Real* flat = job.parameters + PARAMETERS_AT[L];
    if constexpr (L > 0)
        each<n_in * n_out>(thread, [&](int i) {
            Real* w = weights<L>(i / n_in) + i % n_in;
            if (LEAVING) flat[i] = *w;
            else *w = flat[i];
        });
    each<n_out>(thread, [&](int o) {
        if (LEAVING) flat[n_in * n_out + o] = biases<L>()[o];
        else biases<L>()[o] = flat[n_in * n_out + o];
    });
    if constexpr (L + 1 < LAYERS) move_layers<L + 1, LEAVING>(job, thread);
}

// What is not written counts as zero: numbers beyond the end of a row, samples beyond the last.
DEVICE void clear(int thread) {
    each<SHARED_BYTES / 4>(thread, [&](int i) { ((int*)memory)[i] = 0; });
}

// ---- ∂C/∂z, from the top

template <int L>
DEVICE void keep_delta(const Job& job, int step, int m, int o, Real delta) {
    deltas<L + 1>(m)[o] = delta;
    if (L == 0) lower_deltas(o, m / UNIT)[m % UNIT] = step_size(job, step) * job.scale * delta;
}

DEVICE void output_delta(const Job& job, int step, int m, int o, Real a) {
    Real delta = m < rows_in(job, step) ? cost_slope(a, (Real)(o == labels_of(step)[m])) : (Real)0;
    if (!CANCELS) delta *= slope<LAYERS - 1>(a);
    keep_delta<LAYERS - 1>(job, step, m, o, delta);
}

template <int L>
DEVICE void chain_rows(const Job& job, int step, int thread) {
    each<BATCH>(thread, [&](int m) {
        chain_row<L>(activations<L + 1>(m), deltas<L + 1>(m));
        if constexpr (L == 0)
            for (int o = 0; o < SIZES[1]; ++o) keep_delta<0>(job, step, m, o, deltas<1>(m)[o]);
    });
}

template <int L>  // from layer L's ∂C/∂z to that of the layer below
DEVICE void deltas_below(const Job& job, int step, int thread) {
    constexpr int n_in = SIZES[L], n_out = SIZES[L + 1];
    each<BATCH * n_in>(thread, [&](int item) {
        int m = item / n_in, i = item % n_in;
        const Real *w = weights<L>(0) + i, *delta = deltas<L + 1>(m);
        Real sum = 0;
        UNROLL_BY(SOME_OF_SUM)
        for (int o = 0; o < n_out; ++o) sum += w[o * STRIDES[L]] * delta[o];
        keep_delta<L - 1>(job, step, m, i, sum * slope<L - 1>(activations<L>(m)[i]));
    });
}

// ---- forward

// What is done with z of one output. With TRAINING, which is so below too, it is for an update.
template <int L, bool TRAINING>
DEVICE void keep_sum(const Job& job, int step, int m, int o, Real z) {
    Real a = activated<L>(z);  // of a row as a whole: z itself
    activations<L + 1>(m)[o] = a;
    if constexpr (TRAINING && L == LAYERS - 1 && !BY_ROW[L]) output_delta(job, step, m, o, a);
}

template <bool TRAINING>
DEVICE void add_slabs(const Job& job, int step, int tile, int thread) {
    constexpr int n_out = SIZES[1];
    each<TILE * n_out>(thread, [&](int item) {
        int sample = item / n_out, o = item % n_out;
        Real sum = numbers(PARTIAL_AT)[sample * OUTPUTS + o];
        UNROLL
        for (int warp = 1; warp < THREADS / WARP; ++warp)
            sum += numbers(PARTIAL_AT)[(warp * TILE + sample) * OUTPUTS + o];
        keep_sum<0, TRAINING>(job, step, tile * TILE + sample, o, biases<0>()[o] + job.scale * sum);
    });
}

template <int L, bool TRAINING>
DEVICE void forward_layer(const Job& job, int step, int thread) {
    constexpr int n_in = SIZES[L], n_out = SIZES[L + 1];
    each<BATCH * n_out>(thread, [&](int item) {
        int m = item / n_out, o = item % n_out;
        const Real *a = activations<L>(m), *w = weights<L>(o);
        Real sums[4] = {biases<L>()[o]};
        UNROLL_BY(SOME_OF_SUM)
        for (int i = 0; i < n_in; i += 4) {  // rows are filled up with zeros
            Some<Real, 4> four = *(const Some<Real, 4>*)(a + i), own = *(const Some<Real, 4>*)(w + i);
            UNROLL
            for (int j = 0; j < 4; ++j) sums[j] += own.at[j] * four.at[j];
        }
        keep_sum<L, TRAINING>(job, step, m, o, (sums[0] + sums[1]) + (sums[2] + sums[3]));
    });
}

template <int L, bool TRAINING>
DEVICE void activate_rows(const Job& job, int step, int thread) {
    each<BATCH>(thread, [&](int m) {
        activate_row<L>(activations<L + 1>(m));
        if constexpr (TRAINING && L == LAYERS - 1)
            for (int o = 0; o < SIZES[L + 1]; ++o)
                output_delta(job, step, m, o, activations<L + 1>(m)[o]);
    });
}

// ---- update

template <bool DECAYING>
DEVICE void apply(const Job& job, Real* place, Real* velocity, Real change) {
    if constexpr (MOMENTUM) {
        Real v = *velocity + change;
        if (DECAYING) v += (job.decay - 1) * *place;
        *place += v;
        *velocity = v * job.momentum;
    } else {
        *place = (DECAYING ? job.decay * *place : *place) + change;
    }
}

template <int L>
DEVICE void update_weights(const Job& job, int step, int thread) {
    constexpr int n_in = SIZES[L], n_out = SIZES[L + 1], quads = divided(n_in, 4);
    each<n_out * quads>(thread, [&](int item) {
        int o = item / quads, i = item % quads * 4;
        Real change[4] = {};
        UNROLL_BY(SOME_OF_SUM)
        for (int m = 0; m < BATCH; ++m) {
            Some<Real, 4> a = *(const Some<Real, 4>*)(activations<L>(m) + i);
            Real delta = deltas<L + 1>(m)[o];
            UNROLL
            for (int j = 0; j < 4; ++j) change[j] += delta * a.at[j];
        }
        Real* v = MOMENTUM ? job.velocity + PARAMETERS_AT[L] + o * n_in + i : nullptr;
        UNROLL
        for (int j = 0; j < 4; ++j)
            if (i + j < n_in)
                apply<DECAYS>(job, weights<L>(o) + i + j, v + j, step_size(job, step) * change[j]);
    });
}

template <int L>
DEVICE void update_biases(const Job& job, int step, int thread) {
    constexpr int n_in = SIZES[L], n_out = SIZES[L + 1];
    each<n_out>(thread, [&](int o) {
        Real change = 0;
        UNROLL_BY(SOME_OF_SUM)
        for (int m = 0; m < BATCH; ++m) change += deltas<L + 1>(m)[o];
        Real* v = MOMENTUM ? job.velocity + PARAMETERS_AT[L] + n_in * n_out + o : nullptr;
        apply<false>(job, biases<L>() + o, v, step_size(job, step) * change);
    });
}

template <int L>
DEVICE void update_layers(const Job& job, int step, int thread) {
    if constexpr (L > 0) update_weights<L>(job, step, thread);
    update_biases<L>(job, step, THREADS - 1 - thread);  // the last threads have the least to do
    if constexpr (L + 1 < LAYERS) update_layers<L + 1>(job, step, thread);
}
