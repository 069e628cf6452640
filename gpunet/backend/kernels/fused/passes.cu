// ---- forward: each thread sums one output over one slice of the inputs, for a tile of samples

template <int L>
DEVICE void forward_slices(int thread) {
    constexpr int n_in = SIZES[L], n_out = SIZES[L + 1], lanes = padded(n_out), k_step = CHUNKS[L];
    const Real *x = numbers(ACTIVATIONS_AT[L]), *w = numbers(WEIGHTS_AT[L]);
    for (int item = thread; item < SLICES[L] * lanes; item += THREADS) {
        int o = item % lanes, slice = item / lanes;
        if (o >= n_out) continue;
        int begin = slice * k_step, end = at_most(n_in, begin + k_step);
        for (int tile = 0; tile < TILES; ++tile) {
            Real sum[TILE] = {};
            const Real* rows = x + tile * TILE * n_in;
            if constexpr (in_fours(L)) {
                for (int i = begin; i < end; i += 4) {
                    const Real* column = w + i * STRIDES[L] + o;
                    Real w0 = column[0], w1 = column[STRIDES[L]], w2 = column[2 * STRIDES[L]],
                         w3 = column[3 * STRIDES[L]];
                    UNROLL
                    for (int m = 0; m < TILE; ++m)
                        if (TILES * TILE == BATCH || tile * TILE + m < BATCH) {
                            Four v = *(const Four*)(rows + m * n_in + i);
                            sum[m] += w0 * v.x + w1 * v.y + w2 * v.z + w3 * v.w;
                        }
                }
            } else {
                for (int i = begin; i < end; ++i) {
                    Real own = w[i * STRIDES[L] + o];
                    UNROLL
                    for (int m = 0; m < TILE; ++m)
                        if (TILES * TILE == BATCH || tile * TILE + m < BATCH)
                            sum[m] += own * rows[m * n_in + i];
                }
            }
            Real* partial = numbers(PARTIAL_AT) + (slice * BATCH + tile * TILE) * lanes + o;
            UNROLL
            for (int m = 0; m < TILE; ++m)
                if (TILES * TILE == BATCH || tile * TILE + m < BATCH) partial[m * lanes] = sum[m];
        }
    }
}

template <int L>
DEVICE void forward_sums(int thread) {
    constexpr int n_out = SIZES[L + 1], lanes = padded(n_out);
    for (int item = thread; item < BATCH * n_out; item += THREADS) {
        int m = item / n_out, o = item % n_out;
        const Real* partial = numbers(PARTIAL_AT) + m * lanes + o;
        Real z = numbers(BIASES_AT[L])[o];
        UNROLL
        for (int slice = 0; slice < SLICES[L]; ++slice) z += partial[slice * BATCH * lanes];
        numbers(ACTIVATIONS_AT[L + 1])[item] = activated<L>(z);
    }
}

template <int L>
DEVICE void activate_rows(int thread) {
    for (int m = thread; m < BATCH; m += THREADS)
        activate_row<L>(numbers(ACTIVATIONS_AT[L + 1]) + m * SIZES[L + 1]);
}

// ---- backward: ∂C/∂z of every layer, from the top

template <int L>
DEVICE void chain_rows(int thread) {
    constexpr int n_out = SIZES[L + 1];
    for (int m = thread; m < BATCH; m += THREADS)
        chain_row<L>(numbers(ACTIVATIONS_AT[L + 1]) + m * n_out, numbers(DELTAS_AT[L + 1]) + m * n_out);
}

DEVICE void output_deltas(const Job& job, int step, int thread) {
    constexpr int L = LAYERS - 1, n_out = SIZES[LAYERS];
    int rows = rows_in(job, step);
    for (int item = thread; item < BATCH * n_out; item += THREADS) {
        int m = item / n_out, o = item % n_out;
        Real a = numbers(ACTIVATIONS_AT[LAYERS])[item];
        Real delta = m < rows ? cost_slope(a, (Real)(o == labels_of(step)[m])) : (Real)0;
        if (!CANCELS) delta *= slope<L>(a);
        numbers(DELTAS_AT[LAYERS])[item] = delta;
    }
}

template <int L>  // from layer L's ∂C/∂z to that of the layer below
DEVICE void deltas_below(int thread) {
    constexpr int n_in = SIZES[L], n_out = SIZES[L + 1];
    for (int item = thread; item < BATCH * n_in; item += THREADS) {
        int m = item / n_in, i = item % n_in;
        const Real *w = numbers(WEIGHTS_AT[L]) + i * STRIDES[L],
                   *delta = numbers(DELTAS_AT[L + 1]) + m * n_out;
        Real sum = 0;
        UNROLL
        for (int o = 0; o < n_out; ++o) sum += w[o] * delta[o];
        numbers(DELTAS_AT[L])[item] = sum * slope<L - 1>(numbers(ACTIVATIONS_AT[L])[item]);
    }
}
