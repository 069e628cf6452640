// Softmax by rows, and its derivative: one warp a row. CuPy's own reductions take memory from a pool
// while they run, whose addresses a captured graph would go on using after they were given back.
// backend/cuda_primitives.py writes Real, float or double, ahead of this text.

__device__ __forceinline__ Real of_row(Real value, bool largest) {
    for (int lanes = 16; lanes > 0; lanes /= 2) {
        Real other = __shfl_xor_sync(0xffffffffu, value, lanes);
        value = !largest ? value + other : other > value ? other : value;
    }
    return value;
}

// a holds z; afterwards eᶻ / Σ eᶻ of each row. Element (m, n) lies at m · down + n · across.
extern "C" __global__ void softmax(Real* a, int columns, int down, int across) {
    Real* row = a + (long long)blockIdx.x * down;
    Real most = row[0], sum = 0;
    for (int n = threadIdx.x; n < columns; n += 32) {
        Real z = row[(long long)n * across];
        most = z > most ? z : most;
    }
    most = of_row(most, true);
    for (int n = threadIdx.x; n < columns; n += 32)
        sum += row[(long long)n * across] = exp(row[(long long)n * across] - most);
    sum = of_row(sum, false);
    for (int n = threadIdx.x; n < columns; n += 32) row[(long long)n * across] /= sum;
}

// gradient holds ∂C/∂a; afterwards ∂C/∂zⱼ = aⱼ (gⱼ − Σₖ gₖ aₖ). Both lie alike.
extern "C" __global__ void softmax_chain(const Real* a, Real* gradient, int columns, int down,
                                         int across) {
    long long start = (long long)blockIdx.x * down;
    Real sum = 0;
    for (int n = threadIdx.x; n < columns; n += 32) {
        long long at = start + (long long)n * across;
        sum += gradient[at] * a[at];
    }
    sum = of_row(sum, false);
    for (int n = threadIdx.x; n < columns; n += 32) {
        long long at = start + (long long)n * across;
        gradient[at] = a[at] * (gradient[at] - sum);
    }
}
