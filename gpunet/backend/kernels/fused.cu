// One thread block trains one dense network: every mini-batch of an epoch in one launch.
//
// Weights stay in shared memory from the first step to the last; the pixels of the next batch are
// fetched while the present one is computed. A step is a sequence of phases with a barrier after
// each; a phase is a function of the thread's number alone. A plain C++ compiler takes this file
// too, and runs each phase thread after thread: so the arithmetic is tested on any machine, against
// the plain step of nn/step.py, which is the truth.
//
// The network is fixed when this is compiled: backend/fused.py writes, ahead of this text, its
// sizes, its functions, and where in shared memory everything lies.

enum { SIGMOID, TANH, RELU, SOFTMAX, LINEAR };
enum { QUADRATIC, CROSS_ENTROPY, LOG_LIKELIHOOD };

#ifdef __CUDACC_RTC__
#define DEVICE __device__ __forceinline__
#define UNROLL _Pragma("unroll")
#define PHASE(...) do { __VA_ARGS__; __syncthreads(); } while (0)
extern __shared__ __align__(16) unsigned char memory[];
#else
#include <cmath>
#define DEVICE inline
#define UNROLL
#define __restrict__
#ifdef BACKWARDS  // what a phase does must not depend on the order of its threads
#define PHASE(...) for (int thread = THREADS; thread-- > 0;) { __VA_ARGS__; }
#else
#define PHASE(...) for (int thread = 0; thread < THREADS; ++thread) { __VA_ARGS__; }
#endif
static unsigned char* memory;
#endif

struct alignas(4 * sizeof(Real)) Four {
    Real x, y, z, w;
};

constexpr int padded(int n) { return (n + 31) / 32 * 32; }
constexpr int at_most(int a, int b) { return a < b ? a : b; }
constexpr int TILE = at_most(BATCH, 10);  // samples whose sums a thread holds in registers
constexpr int TILES = (BATCH + TILE - 1) / TILE;
constexpr int PIXELS = BATCH * SIZES[0];
// Pixels are fetched four at a time where rows begin at a multiple of four.
constexpr int WORD = SIZES[0] % 4 == 0 ? 4 : 1;
constexpr int WORDS_A_ROW = SIZES[0] / WORD;
constexpr int WORDS_A_THREAD = (BATCH * WORDS_A_ROW + THREADS - 1) / THREADS;
// Four neighbouring inputs are read as one where every slice begins at a multiple of four.
constexpr bool in_fours(int layer) { return SIZES[layer] % 4 == 0 && CHUNKS[layer] % 4 == 0; }

// What a launch is given. Every network has its own order, rate and parameters; all share the data.
struct Job {
    const unsigned char* __restrict__ images;  // (samples, SIZES[0])
    const int* __restrict__ labels;            // (samples,)
    const int* __restrict__ order;             // this network's, (samples,)
    Real* parameters;                          // this network's, laid out W1 b1 W2 b2 …
    Real* velocity;                            // likewise, but W turned round; or null
    Real rate, momentum, decay, scale;
    int samples, first, steps;
};

DEVICE Real* numbers(int at) { return (Real*)memory + at; }
DEVICE unsigned char* bytes() { return memory + BYTES_AT; }
DEVICE int* index_of(int step) { return (int*)(memory + INDEX_AT) + (step & 1) * BATCH; }
DEVICE int* labels_of(int step) { return (int*)(memory + INDEX_AT) + (2 + (step & 1)) * BATCH; }
DEVICE int rows_in(const Job& job, int step) {
    return at_most(BATCH, job.samples - step * BATCH);
}
DEVICE Real hyperbolic(Real z) { return sizeof(Real) == 4 ? (Real)tanhf((float)z) : (Real)tanh(z); }
DEVICE Real exponential(Real z) { return sizeof(Real) == 4 ? (Real)expf((float)z) : (Real)exp(z); }

// ---- entering and leaving: parameters between global and shared memory, W turned to (n_in, n_out)

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
    constexpr int n_out = SIZES[L + 1], lanes = padded(n_out), f = ACTIVATIONS[L];
    for (int item = thread; item < BATCH * n_out; item += THREADS) {
        int m = item / n_out, o = item % n_out;
        const Real* partial = numbers(PARTIAL_AT) + m * lanes + o;
        Real z = numbers(BIASES_AT[L])[o];
        UNROLL
        for (int slice = 0; slice < SLICES[L]; ++slice) z += partial[slice * BATCH * lanes];
        if (f == SIGMOID) z = (Real)0.5 * hyperbolic((Real)0.5 * z) + (Real)0.5;
        if (f == TANH) z = hyperbolic(z);
        if (f == RELU && !(z > 0)) z = z < 0 ? (Real)0 : z;  // a NaN stays one
        numbers(ACTIVATIONS_AT[L + 1])[item] = z;
    }
}

template <int L>
DEVICE void softmax_rows(int thread) {
    constexpr int n_out = SIZES[L + 1];
    for (int m = thread; m < BATCH; m += THREADS) {
        Real *a = numbers(ACTIVATIONS_AT[L + 1]) + m * n_out, most = a[0], sum = 0;
        for (int o = 1; o < n_out; ++o) most = a[o] > most ? a[o] : most;
        for (int o = 0; o < n_out; ++o) sum += a[o] = exponential(a[o] - most);
        for (int o = 0; o < n_out; ++o) a[o] /= sum;
    }
}

// ---- backward: ∂C/∂z of every layer, from the top

template <int L>
DEVICE Real slope(Real a) {  // f′(z), given a = f(z)
    constexpr int f = ACTIVATIONS[L];
    if (f == SIGMOID) return a * (1 - a);
    if (f == TANH) return 1 - a * a;
    if (f == RELU) return a > 0 ? (Real)1 : (Real)0;
    return 1;
}

template <int L>
DEVICE void softmax_slopes(int thread) {  // ∂C/∂zⱼ = aⱼ (gⱼ − Σₖ gₖ aₖ)
    constexpr int n_out = SIZES[L + 1];
    for (int m = thread; m < BATCH; m += THREADS) {
        const Real* a = numbers(ACTIVATIONS_AT[L + 1]) + m * n_out;
        Real *g = numbers(DELTAS_AT[L + 1]) + m * n_out, sum = 0;
        for (int o = 0; o < n_out; ++o) sum += g[o] * a[o];
        for (int o = 0; o < n_out; ++o) g[o] = a[o] * (g[o] - sum);
    }
}

DEVICE void output_deltas(const Job& job, int step, int thread) {
    constexpr int L = LAYERS - 1, n_out = SIZES[LAYERS];
    int rows = rows_in(job, step);
    for (int item = thread; item < BATCH * n_out; item += THREADS) {
        int m = item / n_out, o = item % n_out;
        Real a = numbers(ACTIVATIONS_AT[LAYERS])[item];
        Real delta = m < rows ? a - (Real)(o == labels_of(step)[m]) : (Real)0;
        // The other costs' own derivative cancels that of the output layer they need.
        if (COST == QUADRATIC) delta *= slope<L>(a);
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

// ---- the update: each thread keeps to one output, and goes over some of its weights

// `change` is −η/m Σ over a tile of samples; `velocity` holds μ v, as in nn/optimizers.py; `decay`
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

// ---- a step, phase by phase

#ifdef __CUDACC_RTC__
#define PASS_THREAD , int thread
#define THREAD , thread
#else
#define PASS_THREAD
#define THREAD
#endif

template <int L>
DEVICE void forward(const Job& job, int step PASS_THREAD) {
    if constexpr (L == 0) {
        PHASE(Fetched fetched = {}; ask(job, step, thread, fetched); forward_slices<0>(thread);
              take(job, step, thread, fetched));
    } else {
        PHASE(forward_slices<L>(thread));
    }
    PHASE(forward_sums<L>(thread));
    if constexpr (ACTIVATIONS[L] == SOFTMAX) PHASE(softmax_rows<L>(thread));
    if constexpr (L + 1 < LAYERS) forward<L + 1>(job, step THREAD);
}

template <int L>
DEVICE void backward(const Job& job, int step PASS_THREAD) {
    if constexpr (L == LAYERS - 1) PHASE(output_deltas(job, step, thread));
    if constexpr (ACTIVATIONS[L] == SOFTMAX && (L < LAYERS - 1 || COST == QUADRATIC))
        PHASE(softmax_slopes<L>(thread));
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
#else
extern "C" void train(ARGUMENTS, int networks) {
    alignas(4 * sizeof(Real)) static unsigned char shared[INDEX_AT + 16 * BATCH];
    memory = shared;
    for (int network = 0; network < networks; ++network) {
        Job job = JOB_OF(network);
        train_steps(job);
    }
}
#endif
