// ---- a step, phase by phase

template <int L, bool TRAINING>
DEVICE void forward(const Job& job, int step PASS_THREAD) {
    if constexpr (L > 0) PHASE(forward_layer<L, TRAINING>(job, step, thread));
    if constexpr (BY_ROW[L]) PHASE(activate_rows<L, TRAINING>(job, step, thread));
    if constexpr (L + 1 < LAYERS) forward<L + 1, TRAINING>(job, step THREAD);
}

template <int L>
DEVICE void backward(const Job& job, int step PASS_THREAD) {
    if constexpr (CHAINED[L]) PHASE(chain_rows<L>(job, step, thread));
    if constexpr (L > 0) {
        PHASE(deltas_below<L>(job, step, thread));
        backward<L - 1>(job, step THREAD);
    }
}

// The rows of step `first`, of which labels and pixels can then be asked for.
template <bool TRAINING>
DEVICE void begin_rows(const Job& job PASS_THREAD) {
    PHASE(for (int& row : held.rows) row = 0; ask_rows<TRAINING>(job, job.first - 1, thread, held);
          place_rows(job, job.first - 1, thread, held));
}

// The passes of a step, of whose pixels the first have been asked for.
template <bool TRAINING>
DEVICE void pass(const Job& job, int step PASS_THREAD) {
    WARP_PHASE(place_pixels(0, thread, held); place_rows(job, step, thread, held));
    for (int round = ASKED; round < ROUNDS; round += ASKED)
        WARP_PHASE(ask_pixels(step, round, thread, held); place_pixels(round, thread, held));
    for (int tile = 0; tile < TILES; ++tile) {
        sum_slabs(tile THREAD);
        PHASE();
        PHASE(add_slabs<TRAINING>(job, step, tile, thread));
    }
    forward<0, TRAINING>(job, step THREAD);
    if constexpr (TRAINING) backward<LAYERS - 1>(job, step THREAD);
}

DEVICE void train_steps(const Job& job PASS_THREAD) {
    begin_rows<true>(job THREAD);
    int last = job.first + job.steps - 1;
    for (int step = job.first - 1;; ++step) {  // its update, and the next step's passes
        LANE_PHASE(ask_pixels(step + 1, 0, thread, held);
                   ask_rows<true>(job, step + 1, thread, held));
        if (step >= job.first)
            WARP_PHASE(update_slab(job, thread, held); update_layers<0>(job, step, thread));
        if (step == last) break;
        pass<true>(job, step + 1 THREAD);
    }
}

DEVICE void score(const Job& split PASS_THREAD) {
    begin_rows<false>(split THREAD);
    for (int step = 0; step * BATCH < split.samples; ++step) {
        LANE_PHASE(ask_pixels(step, 0, thread, held); ask_rows<false>(split, step, thread, held));
        pass<false>(split, step THREAD);
        PHASE(score_rows(split, step, thread, held));
    }
}

// Parameters as they are before, if they are to be kept.
DEVICE void keep(const Real* parameters, Real* before, int thread) {
    for (int i = thread; i < PARAMETERS; i += THREADS) before[i] = parameters[i];
}

DEVICE void run(const Job& job, const Job& split, Real* before, Real* velocity_before,
                bool draws PASS_THREAD) {
    PHASE(clear(thread); held.cost = held.right = 0; if (draws) draw_order(job, thread);
          if (before) keep(job.parameters, before, thread);
          if (before && MOMENTUM) keep(job.velocity, velocity_before, thread));
    PHASE(move_slab<false>(job, thread, held); move_layers<0, false>(job, thread));
    if (job.steps) {
        train_steps(job THREAD);
        PHASE(move_slab<true>(job, thread, held));
        PHASE(move_layers<0, true>(job, thread));
    }
    if (split.samples) score(split THREAD);
    PHASE(report(job, thread, held));
    PHASE(add_reports(job, thread));
}

// What `train` is given, for all networks. Arrays with something for each of them have a row for each
// that there is; a launch trains those that `members` names.
#define ARGUMENTS                                                                            \
    const int *members, const unsigned char *images, const int *labels, int *orders,         \
        const unsigned long long *keys, Real *parameters, Real *velocity, Real *before,      \
        Real *velocity_before, const Real *rates, const Real *momenta, const Real *decays,   \
        const unsigned char *split_images, const int *split_labels, double *outcomes,        \
        Real scale, int samples, int epoch, int first, int steps, int split_samples,         \
        int draws, int keeps
#define RUN_MEMBER(number)                                                                   \
    long long own = members[number];                                                         \
    Real alpha = -rates[own];                                                                \
    Job job = {images, labels, orders + own * samples, parameters + own * PARAMETERS,        \
               MOMENTUM ? velocity + own * PARAMETERS : nullptr, outcomes + own * 3,         \
               keys[own], momenta[own], decays[own], scale, alpha / BATCH,                   \
               alpha / (samples % BATCH ? samples % BATCH : BATCH), samples, epoch, first,   \
               steps};                                                                       \
    Job split = job;                                                                         \
    split.images = split_images;                                                             \
    split.labels = split_labels;                                                             \
    split.samples = split_samples;                                                           \
    split.first = 0;                                                                         \
    run(job, split, keeps ? before + own * PARAMETERS : nullptr,                             \
        keeps ? velocity_before + own * PARAMETERS : nullptr, draws THREAD)

#ifdef __CUDACC_RTC__
extern "C" __global__ void __launch_bounds__(THREADS) train(ARGUMENTS) {
    Held held;
    int thread = threadIdx.x;
    RUN_MEMBER(blockIdx.x);
}
#elif !defined(BARRIER)
extern "C" void train(ARGUMENTS, int networks) {
    alignas(4 * sizeof(Real)) static unsigned char shared[SHARED_BYTES];
    memory = shared;
    for (int number = 0; number < networks; ++number) {
        RUN_MEMBER(number);
    }
}
#endif
