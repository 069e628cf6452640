// ---- a step, phase by phase

template <int L>
DEVICE void forward(const Job& job, int step PASS_THREAD) {
    if constexpr (L > 0) PHASE(forward_layer<L>(job, step, thread));
    if constexpr (BY_ROW[L]) PHASE(activate_rows<L>(job, step, thread));
    if constexpr (L + 1 < LAYERS) forward<L + 1>(job, step THREAD);
}

template <int L>
DEVICE void backward(const Job& job, int step PASS_THREAD) {
    if constexpr (CHAINED[L]) PHASE(chain_rows<L>(job, step, thread));
    if constexpr (L > 0) {
        PHASE(deltas_below<L>(job, step, thread));
        backward<L - 1>(job, step THREAD);
    }
}

DEVICE void train_steps(const Job& job PASS_THREAD) {
    PHASE(clear(thread); for (int& row : held.rows) row = 0);
    PHASE(move_slab<false>(job, thread, held); move_layers<0, false>(job, thread);
          ask_rows(job, job.first - 1, thread, held); place_rows(job, job.first - 1, thread, held));
    int last = job.first + job.steps - 1;
    for (int step = job.first - 1;; ++step) {  // its update, and the next step's passes
        LANE_PHASE(ask_pixels(step + 1, 0, thread, held); ask_rows(job, step + 1, thread, held));
        if (step >= job.first)
            WARP_PHASE(update_slab(job, thread, held); update_layers<0>(job, step, thread));
        if (step == last) break;
        WARP_PHASE(place_pixels(0, thread, held); place_rows(job, step + 1, thread, held));
        for (int round = ASKED; round < ROUNDS; round += ASKED)
            WARP_PHASE(ask_pixels(step + 1, round, thread, held);
                       place_pixels(round, thread, held));
        for (int tile = 0; tile < TILES; ++tile) {
            sum_slabs(tile THREAD);
            PHASE();
            PHASE(add_slabs(job, step + 1, tile, thread));
        }
        forward<0>(job, step + 1 THREAD);
        backward<LAYERS - 1>(job, step + 1 THREAD);
    }
    PHASE();  // the last update is complete
    PHASE(move_slab<true>(job, thread, held); move_layers<0, true>(job, thread));
}

// What `train` is given, for all networks: their arrays lie behind one another.
#define ARGUMENTS                                                                            \
    const unsigned char *images, const int *labels, const int *order, Real *parameters,     \
        Real *velocity, const Real *rates, const Real *momenta, const Real *decays,          \
        Real scale, int samples, int first, int steps
#define JOB_OF(network)                                                                      \
    {images, labels, order + (long long)(network) * samples,                                 \
     parameters + (long long)(network) * PARAMETERS,                                         \
     MOMENTUM ? velocity + (long long)(network) * PARAMETERS : nullptr,                      \
     rates[network], momenta[network], decays[network], scale, samples, first, steps,        \
     -rates[network] / BATCH, -rates[network] / (samples % BATCH ? samples % BATCH : BATCH)}

#ifdef __CUDACC_RTC__
extern "C" __global__ void __launch_bounds__(THREADS) train(ARGUMENTS) {
    Job job = JOB_OF(blockIdx.x);
    Held held;
    int thread = threadIdx.x;
    train_steps(job, thread, held);
}
#elif !defined(BARRIER)
extern "C" void train(ARGUMENTS, int networks) {
    alignas(4 * sizeof(Real)) static unsigned char shared[SHARED_BYTES];
    memory = shared;
    for (int network = 0; network < networks; ++network) {
        Job job = JOB_OF(network);
        train_steps(job);
    }
}
#endif
