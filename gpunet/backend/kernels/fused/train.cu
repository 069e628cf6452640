// ---- a step, phase by phase

template <int L>
DEVICE void forward(const Job& job, int step PASS_THREAD) {
    if constexpr (L == 0) {
        PHASE(Fetched fetched = {}; ask(job, step, thread, fetched); forward_slices<0>(thread);
              take(job, step, thread, fetched));
    } else {
        PHASE(forward_slices<L>(thread));
    }
    PHASE(forward_sums<L>(thread));
    if constexpr (BY_ROW[L]) PHASE(activate_rows<L>(thread));
    if constexpr (L + 1 < LAYERS) forward<L + 1>(job, step THREAD);
}

template <int L>
DEVICE void backward(const Job& job, int step PASS_THREAD) {
    if constexpr (L == LAYERS - 1) PHASE(output_deltas(job, step, thread));
    if constexpr (BY_ROW[L] && (L < LAYERS - 1 || !CANCELS)) PHASE(chain_rows<L>(thread));
    if constexpr (L > 0) {
        PHASE(deltas_below<L>(thread));
        backward<L - 1>(job, step THREAD);
    }
}

DEVICE void train_steps(const Job& job PASS_THREAD) {
    PHASE(move_layers<0, false>(job, thread); find_rows(job, job.first, thread));
    PHASE(Fetched fetched = {}; ask(job, job.first - 1, thread, fetched);
          take(job, job.first - 1, thread, fetched));
    PHASE(place(job, job.first, thread));
    for (int step = job.first; step < job.first + job.steps; ++step) {
        forward<0>(job, step THREAD);
        backward<LAYERS - 1>(job, step THREAD);
        PHASE(update_layers<0>(job, step, thread));
        PHASE(place(job, step + 1, thread));
    }
    PHASE(move_layers<0, true>(job, thread));
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
     rates[network], momenta[network], decays[network], scale, samples, first, steps}

#ifdef __CUDACC_RTC__
extern "C" __global__ void __launch_bounds__(THREADS) train(ARGUMENTS) {
    Job job = JOB_OF(blockIdx.x);
    int thread = threadIdx.x;
    train_steps(job, thread);
}
#elif !defined(BARRIER)
extern "C" void train(ARGUMENTS, int networks) {
    alignas(4 * sizeof(Real)) static unsigned char shared[INDEX_AT + 16 * BATCH];
    memory = shared;
    for (int network = 0; network < networks; ++network) {
        Job job = JOB_OF(network);
        train_steps(job);
    }
}
#endif
