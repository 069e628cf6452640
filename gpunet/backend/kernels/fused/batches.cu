// ---- entering and leaving: parameters between global and shared memory, W held as (n_in, n_out)

template <int L, bool LEAVING>
DEVICE void move_layers(const Job& job, int thread) {
    constexpr int n_in = SIZES[L], n_out = SIZES[L + 1];
    Real *flat = job.parameters + PARAMETERS_AT[L];
    Real *w = numbers(WEIGHTS_AT[L]), *b = numbers(BIASES_AT[L]);
    for (int item = thread; item < n_in * n_out; item += THREADS) {
        Real* held = w + item % n_in * STRIDES[L] + item / n_in;
        if (LEAVING) flat[item] = *held;
        else *held = flat[item];
    }
    for (int o = thread; o < n_out; o += THREADS) {
        if (LEAVING) flat[n_in * n_out + o] = b[o];
        else b[o] = flat[n_in * n_out + o];
    }
    if constexpr (L + 1 < LAYERS) move_layers<L + 1, LEAVING>(job, thread);
}

// ---- the next batches: on their way from global memory while a thread computes something else

struct Fetched {
    unsigned words[WORDS_A_THREAD];
    int label, index;
};

// Asks for the pixels and labels of step + 1, whose rows are known, and for the rows of step + 2.
DEVICE void ask(const Job& job, int step, int thread, Fetched& fetched) {
    const int* index = index_of(step + 1);
    int words = rows_in(job, step + 1) * WORDS_A_ROW;
    UNROLL
    for (int k = 0; k < WORDS_A_THREAD; ++k) {
        int item = thread + k * THREADS;
        if (item >= words) continue;
        const unsigned char* row = job.images + (long long)index[item / WORDS_A_ROW] * SIZES[0];
        fetched.words[k] = WORD == 4 ? ((const unsigned*)row)[item % WORDS_A_ROW]
                                     : row[item % WORDS_A_ROW];
    }
    if (thread < rows_in(job, step + 1)) fetched.label = job.labels[index[thread]];
    if (thread < rows_in(job, step + 2))
        fetched.index = job.order[(step + 2) * BATCH + thread];
}

DEVICE void take(const Job& job, int step, int thread, const Fetched& fetched) {
    int words = rows_in(job, step + 1) * WORDS_A_ROW;
    UNROLL
    for (int k = 0; k < WORDS_A_THREAD; ++k) {
        int item = thread + k * THREADS;
        if (item >= words) continue;
        if (WORD == 4) ((unsigned*)bytes())[item] = fetched.words[k];
        else bytes()[item] = (unsigned char)fetched.words[k];
    }
    if (thread < rows_in(job, step + 1)) labels_of(step + 1)[thread] = fetched.label;
    if (thread < rows_in(job, step + 2)) index_of(step + 2)[thread] = fetched.index;
}

DEVICE void find_rows(const Job& job, int step, int thread) {
    if (thread < rows_in(job, step)) index_of(step)[thread] = job.order[step * BATCH + thread];
}

DEVICE void place(const Job& job, int step, int thread) {
    int pixels = rows_in(job, step) * SIZES[0];
    for (int item = thread; item < PIXELS; item += THREADS)
        numbers(ACTIVATIONS_AT[0])[item] = item < pixels ? bytes()[item] * job.scale : (Real)0;
}
