// ---- the update: each thread keeps to one output, and goes over some of its weights

// `change` is −η/m Σ over a tile of samples; `velocity` holds μ v, as in nn/optimizers/direct.py; `decay`
// is 1 for biases.
DEVICE void apply(const Job& job, int tile, Real decay, Real* place, Real* velocity, Real change) {
    if constexpr (MOMENTUM) {
        Real v = *velocity + change;
        if (tile == TILES - 1) {
            v += (decay - 1) * *place;
            *place += v;
            v *= job.momentum;
        }
        *velocity = v;
    } else {
        *place = (tile == 0 ? decay : (Real)1) * *place + change;
    }
}

template <int L>
DEVICE void update(const Job& job, int step, int thread) {
    constexpr int n_in = SIZES[L], n_out = SIZES[L + 1], lanes = at_most(padded(n_out), THREADS);
    constexpr int teams = THREADS / lanes, four = in_fours(L) ? 4 : 1;
    const Real alpha = -job.rate / rows_in(job, step);
    const Real *x = numbers(ACTIVATIONS_AT[L]), *delta = numbers(DELTAS_AT[L + 1]);
    Real *w = numbers(WEIGHTS_AT[L]), *b = numbers(BIASES_AT[L]);
    int team = thread / lanes;
    if (team >= teams) return;
    for (int o = thread % lanes; o < n_out; o += lanes) {
        // Velocities lie in global memory as W itself does here, (n_in, n_out), for coalescing.
        Real* velocity = MOMENTUM ? job.velocity + PARAMETERS_AT[L] + o : nullptr;
        for (int tile = 0; tile < TILES; ++tile) {
            Real own[TILE];
            UNROLL
            for (int m = 0; m < TILE; ++m)
                own[m] = TILES * TILE == BATCH || tile * TILE + m < BATCH
                             ? alpha * delta[(tile * TILE + m) * n_out + o]
                             : (Real)0;
            for (int i = team * four; i < n_in; i += teams * four) {
                Real change[four] = {};
                UNROLL
                for (int m = 0; m < TILE; ++m) {
                    if (TILES * TILE != BATCH && tile * TILE + m >= BATCH) continue;
                    const Real* row = x + (tile * TILE + m) * n_in + i;
                    if constexpr (four == 4) {
                        Four v = *(const Four*)row;
                        change[0] += own[m] * v.x;
                        change[1] += own[m] * v.y;
                        change[2] += own[m] * v.z;
                        change[3] += own[m] * v.w;
                    } else {
                        change[0] += own[m] * row[0];
                    }
                }
                UNROLL
                for (int q = 0; q < four; ++q) {
                    Real* place = w + (i + q) * STRIDES[L] + o;
                    Real* v = MOMENTUM ? velocity + (i + q) * n_out : nullptr;
                    apply(job, tile, job.decay, place, v, change[q]);
                }
            }
            if (team == 0) {
                Real change = 0;
                for (int m = 0; m < TILE; ++m) change += own[m];
                Real* v = MOMENTUM ? velocity + n_in * n_out : nullptr;
                apply(job, tile, (Real)1, b + o, v, change);
            }
        }
    }
}

template <int L>
DEVICE void update_layers(const Job& job, int step, int thread) {
    update<L>(job, step, thread);
    if constexpr (L + 1 < LAYERS) update_layers<L + 1>(job, step, thread);
}
