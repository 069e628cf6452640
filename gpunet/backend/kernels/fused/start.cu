// One thread block trains one dense network: every mini-batch of an epoch in one launch.
//
// Weights stay in shared memory from the first step to the last; the pixels of the next batch are
// fetched while the present one is computed. A step is a sequence of phases with a barrier after
// each; a phase is a function of the thread's number alone. A plain C++ compiler takes this text
// too, and runs each phase thread after thread: so the arithmetic is tested on any machine, against
// the plain step of nn/step.py, which is the truth. With a BARRIER for the host's own threads it runs
// them side by side: so the barriers are tested too.
//
// The network is fixed when this is compiled: backend/fused.py writes, ahead of this file, its
// sizes and where in shared memory everything lies, and behind it, ahead of the others, the
// functions that are declared at its end.

#ifdef __CUDACC_RTC__
#define DEVICE __device__ __forceinline__
#define UNROLL _Pragma("unroll")
#define BARRIER __syncthreads()
extern __shared__ __align__(16) unsigned char memory[];
#else
#include <cmath>
#define DEVICE inline
#define UNROLL
#define __restrict__
static unsigned char* memory;
#endif

#ifdef BARRIER  // every thread comes by itself, and knows its number
#define PASS_THREAD , int thread
#define THREAD , thread
#define PHASE(...) do { __VA_ARGS__; BARRIER; } while (0)
#else
#define PASS_THREAD
#define THREAD
#ifdef BACKWARDS  // what a phase does must not depend on the order of its threads
#define PHASE(...) for (int thread = THREADS; thread-- > 0;) { __VA_ARGS__; }
#else
#define PHASE(...) for (int thread = 0; thread < THREADS; ++thread) { __VA_ARGS__; }
#endif
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
    Real* velocity;                            // likewise, but W transposed; or null
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

// ---- what the layers' activations and the cost say of themselves (backend/fused_functions.py)

template <int L> DEVICE Real activated(Real z);                  // f(z) of one number
template <int L> DEVICE Real slope(Real a);                      // f′(z), given a = f(z)
template <int L> DEVICE void activate_row(Real* a);              // a sample's z become f(z)
template <int L> DEVICE void chain_row(const Real* a, Real* g);  // its ∂C/∂a become ∂C/∂z
DEVICE Real cost_slope(Real a, Real y);                          // ∂C/∂a, or ∂C/∂z if CANCELS
