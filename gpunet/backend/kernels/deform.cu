// Deformed images, one thread a value: see Primitives.resample and multiply_whole in
// backend/plain.py, which are held to give the same bytes. Whole numbers only.

// A pixel of an image, 0 beyond its edges.
__device__ __forceinline__ int pixel_at(const unsigned char* image, int y, int x, int height,
                                        int width) {
    bool inside = y >= 0 && y < height && x >= 0 && x < width;
    return inside ? image[y * width + x] : 0;
}

__device__ __forceinline__ int limited(int place, int size) {
    int most = size << 16;
    return place < -65536 ? -65536 : place > most ? most : place;
}

extern "C" __global__ void resample(const unsigned char* images, const int* maps, const int* field,
                                    unsigned char* out, int first, int count, int height,
                                    int width) {
    int features = height * width;
    long long thread = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (thread >= (long long)count * features) return;
    int k = (int)(thread / features), pixel = (int)(thread % features);
    int r = pixel / width, c = pixel % width;
    const unsigned char* image = images + (first + (long long)k) * features;
    const int* m = maps + (first + (long long)k) * 6;
    const int* f = field + (long long)k * 2 * features + pixel;
    int y = limited(m[0] * r + m[1] * c + m[2] + f[0], height);
    int x = limited(m[3] * r + m[4] * c + m[5] + f[features], width);
    int top = y >> 16, left = x >> 16, down = y >> 8 & 255, right = x >> 8 & 255;
    int upper = (256 - right) * pixel_at(image, top, left, height, width) +
                right * pixel_at(image, top, left + 1, height, width);
    int lower = (256 - right) * pixel_at(image, top + 1, left, height, width) +
                right * pixel_at(image, top + 1, left + 1, height, width);
    int mixed = (256 - down) * upper + down * lower;
    out[(first + (long long)k) * features + pixel] = (unsigned char)((mixed + 32768) >> 16);
}

// out[n] = a @ b[n] for n below count; a (rows, inner), b (count, inner, columns). Sums of whole
// numbers that stay below 2^24 are exact in float.
extern "C" __global__ void multiply_whole(const float* a, const float* b, float* out, int count,
                                          int rows, int inner, int columns) {
    long long thread = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (thread >= (long long)count * rows * columns) return;
    int column = (int)(thread % columns), row = (int)(thread / columns % rows);
    a += (long long)row * inner;
    b += thread / columns / rows * inner * columns + column;
    float sum = 0;
    for (int i = 0; i < inner; ++i) sum += a[i] * b[(long long)i * columns];
    out[thread] = sum;
}
