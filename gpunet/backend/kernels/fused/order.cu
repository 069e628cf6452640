// ---- the order of an epoch's samples, as backend/shuffle.py has it, and the numbers it is made of

DEVICE unsigned long long number_at(unsigned long long key, unsigned long long place) {
    unsigned long long mixed = key + (place + 1) * 0x9E3779B97F4A7C15ull;
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9ull;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBull;
    return mixed ^ mixed >> 31;
}

// The places that this launch's steps ask for: rows are known two steps ahead.
DEVICE void draw_order(const Job& job, int thread) {
    int bits = LEAST_BITS;
    while (bits < 31 && 1 << bits < job.samples) ++bits;
    unsigned mask = (1u << bits) - 1, addends[SHUFFLE_ROUNDS], factors[SHUFFLE_ROUNDS];
    int shift = (bits + 1) / 2;
    UNROLL
    for (int r = 0; r < SHUFFLE_ROUNDS; ++r) {
        auto drawn = number_at(job.key, (unsigned long long)job.epoch * SHUFFLE_ROUNDS + r);
        addends[r] = (unsigned)drawn;
        factors[r] = (unsigned)(drawn >> 32) | 1;
    }
    long long end = ((long long)job.first + job.steps + 2) * BATCH;
    for (long long at = (long long)job.first * BATCH + thread; at < end && at < job.samples;
         at += THREADS) {
        unsigned x = (unsigned)at;
        do {
            UNROLL
            for (int r = 0; r < SHUFFLE_ROUNDS; ++r) {
                x = (x + addends[r]) & mask;
                x ^= x >> shift;
                x = x * factors[r] & mask;
                x ^= x >> shift;
            }
        } while (x >= (unsigned)job.samples);
        job.order[at] = (int)x;
    }
}
