// One thread block trains one dense network: a launch is an epoch, or a part of a long one. It draws
// the order of the samples, takes a step for each mini-batch, and looks how the network answers to a
// split.
//
// The first layer's weights stay in registers from the first step to the last. Every warp has a slab
// of the inputs to itself: it alone reads their pixels, changes their weights and sums what they
// contribute to the layer, so that no barrier is needed between the update by one batch and the
// forward pass of the next. The layers above lie in shared memory.
//
// A step is a sequence of phases with a barrier after each; a phase is a function of the thread's
// number, and of what the thread holds, alone. A plain C++ compiler takes this text too, and runs each
// phase thread after thread: so the arithmetic is tested on any machine, against the plain step of
// nn/step.py, which is the truth. With barriers for the host's own threads it runs them side by side:
// so the barriers are tested too.
//
// The network is fixed when this is compiled: backend/fused.py writes, ahead of this file, its
// sizes, who does what, and where in shared memory everything lies, and behind it, ahead of the
// others, the functions that are declared at its end.

#ifdef __CUDACC_RTC__
#define DEVICE __device__ __forceinline__
#define UNROLL _Pragma("unroll")
#define UNROLL_BY(count) TEXT_PRAGMA(unroll count)
#define TEXT_PRAGMA(text) _Pragma(#text)
#define BARRIER __syncthreads()
#define WARP_BARRIER __syncwarp()
#define LANE_BARRIER
#define GLOBAL(place) __ldg(place)  // says that it lies in global memory
extern __shared__ __align__(16) unsigned char memory[];
#else
#include <cmath>
#define DEVICE inline
#define UNROLL
#define UNROLL_BY(count)
#define GLOBAL(place) *(place)
#define __restrict__
static unsigned char* memory;
#endif

constexpr int at_most(int a, int b) { return a < b ? a : b; }
constexpr int divided(int a, int b) { return (a + b - 1) / b; }

// In a warp, LANES lanes share some outputs, four in each of PASSES; each of them has INPUTS inputs of
// the slab, in warps from FULL on one fewer. Outputs beyond the layer's, and inputs beyond the image,
// count as zero.
constexpr int WARP = 32, SLOTS = 4, GROUPS = WARP / LANES, OUTPUTS = PASSES * GROUPS * SLOTS;
constexpr int SLAB = LANES * INPUTS, EVEN = FULL < THREADS / WARP ? INPUTS - 1 : INPUTS;
constexpr int QUADS = EVEN / 4 * 4;  // inputs of a lane that lie in fours
// UNIT samples are gone through without a loop. Pixels are fetched four at a time where rows begin at
// a multiple of four; a round fetches some for every lane, and a thread has a register each for ASKED
// rounds.
constexpr int WORD = SIZES[0] % 4 == 0 ? 4 : 1, WORDS = SLAB / WORD;
constexpr int ROWS_AT_ONCE = WORDS < WARP ? WARP / WORDS : 1;
constexpr int ROUNDS = divided(BATCH, ROWS_AT_ONCE) * divided(WORDS, WARP);
constexpr int ASKED = at_most(ROUNDS, 16);
constexpr int TILE = BATCH / TILES;  // samples whose sums over slabs there is room for
constexpr int SOME_OF_SUM = CROWDED ? 2 : 16;  // terms of a sum that are read ahead
constexpr int EACH = divided(BATCH, THREADS);  // rows and labels that a thread fetches

// What a thread holds in registers.
struct Held {
    Real weights[PASSES][SLOTS][INPUTS];
    Real velocity[PASSES][SLOTS][INPUTS];
    Real sums[UNIT][PASSES][SLOTS];
    unsigned pixels[ASKED];
    int rows[EACH], labels[EACH];
    double cost;  // summed over the samples that it has scored, as the right answers are
    int right;
};

#ifdef __CUDACC_RTC__  // every thread comes by itself, with what it holds
#define PASS_THREAD , int thread, Held& held
#define THREAD , thread, held
#define OF_LANE(bit, place) __shfl_xor_sync(0xffffffffu, mine.place, bit)
#else
static Held everyone[THREADS];
#define held everyone[thread]
#define OF_LANE(bit, place) everyone[thread ^ (bit)].place
#ifdef BARRIER
#define PASS_THREAD , int thread
#define THREAD , thread
#else
#define PASS_THREAD
#define THREAD
#endif
#endif

// A phase of the block; one of each warp, after which its lanes read what others have put into shared
// memory; and one after which lanes read what others hold, which shuffles wait for by themselves.
#ifdef BARRIER
#define PHASE(...) do { __VA_ARGS__; BARRIER; } while (0)
#define WARP_PHASE(...) do { __VA_ARGS__; WARP_BARRIER; } while (0)
#define LANE_PHASE(...) do { __VA_ARGS__; LANE_BARRIER; } while (0)
#else
#ifdef BACKWARDS  // what a phase does must not depend on the order of its threads
#define PHASE(...) for (int thread = THREADS; thread-- > 0;) { __VA_ARGS__; }
#else
#define PHASE(...) for (int thread = 0; thread < THREADS; ++thread) { __VA_ARGS__; }
#endif
#define WARP_PHASE PHASE
#define LANE_PHASE PHASE
#endif

template <int BYTES> struct Fetched { typedef unsigned Type; };
template <> struct Fetched<1> { typedef unsigned char Type; };
typedef Fetched<WORD>::Type Word;

template <typename Number, int N> struct alignas(N * sizeof(Number)) Some {
    Number at[N];
};

// What a launch is given. Every network has its own order, rate and parameters; all share the data.
struct Job {
    const unsigned char* __restrict__ images;  // (samples, SIZES[0])
    const int* __restrict__ labels;            // (samples,)
    int* order;                                // this network's, (samples,)
    Real* parameters;                          // this network's, laid out W1 b1 W2 b2 …
    Real* velocity;                            // likewise; or null
    double* outcome;  // right answers, cost summed over the split, whether all parameters are finite
    unsigned long long key;                    // what the order is drawn with
    Real momentum, decay, scale;
    Real whole, last;  // −η/m of a whole batch, and of the epoch's last one
    int samples, epoch, first, steps;
};

DEVICE Real* numbers(int at) { return (Real*)memory + at; }
DEVICE const unsigned char** images_of(int step) {
    return (const unsigned char**)(memory + BATCH_AT) + (step & 1) * BATCH;
}
DEVICE int* labels_of(int step) {
    return (int*)(memory + BATCH_AT + 2 * sizeof(void*) * BATCH) + (step & 1) * BATCH;
}
DEVICE int rows_in(const Job& job, int step) {
    return at_most(BATCH, job.samples - step * BATCH);
}
DEVICE Real step_size(const Job& job, int step) {
    return rows_in(job, step) == BATCH ? job.whole : job.last;
}
#ifdef __CUDACC_RTC__  // some units in the last place, for a third of the instructions of tanhf
DEVICE float logistic(float z) { return __fdividef(1, 1 + __expf(-z)); }
#else
DEVICE float logistic(float z) { return 1 / (1 + std::exp(-z)); }
#endif
DEVICE double logistic(double z) { return 1 / (1 + exp(-z)); }
DEVICE Real hyperbolic(Real z) { return sizeof(Real) == 4 ? (Real)tanhf((float)z) : (Real)tanh(z); }
DEVICE Real safe_log(Real a) {
    constexpr Real tiny = sizeof(Real) == 4 ? (Real)1.17549435e-38 : (Real)2.2250738585072014e-308;
    a = a < tiny ? tiny : a;  // what is not a number remains so
    return sizeof(Real) == 4 ? (Real)logf((float)a) : (Real)log(a);
}
DEVICE Real exponential(Real z) { return sizeof(Real) == 4 ? (Real)expf((float)z) : (Real)exp(z); }

// ---- what the layers' activations and the cost say of themselves (backend/fused_functions.py)

template <int L> DEVICE Real activated(Real z);                  // f(z) of one number
template <int L> DEVICE Real slope(Real a);                      // f′(z), given a = f(z)
template <int L> DEVICE void activate_row(Real* a);              // a sample's z become f(z)
template <int L> DEVICE void chain_row(const Real* a, Real* g);  // its ∂C/∂a become ∂C/∂z
DEVICE Real cost_slope(Real a, Real y);                          // ∂C/∂a, or ∂C/∂z if CANCELS
DEVICE Real cost_value(Real a, Real y);                          // what an output adds to C
