// ---- what became of it: how the network answers to a split, and whether its numbers are finite

DEVICE void score_rows(const Job& split, int step, int thread, Held& mine) {
    each<BATCH>(thread, [&](int m) {
        if (m >= rows_in(split, step)) return;
        const Real* a = activations<LAYERS>(m);
        int label = labels_of(step)[m], answer = 0;
        Real cost = 0;
        for (int o = 0; o < SIZES[LAYERS]; ++o) {
            if (a[o] > a[answer]) answer = o;
            cost += cost_value(a[o], (Real)(o == label));
        }
        mine.cost += cost;
        mine.right += answer == label;
    });
}

// Reports of the threads, where there was shared memory for other things before.
struct Report {
    double cost;
    int right, broken;
};
static_assert(THREADS * sizeof(Report) <= SHARED_BYTES, "no room for the reports");

DEVICE void report(const Job& job, int thread, const Held& mine) {
    int broken = 0;
    for (int i = thread; i < PARAMETERS; i += THREADS)
        broken |= !(job.parameters[i] - job.parameters[i] == 0);
    ((Report*)memory)[thread] = {mine.cost, mine.right, broken};
}

// Added up in a fixed order, so that it is the same each time.
DEVICE void add_reports(const Job& job, int thread) {
    if (thread) return;
    Report sum = {};
    for (int t = 0; t < THREADS; ++t) {
        const Report& one = ((const Report*)memory)[t];
        sum.cost += one.cost;
        sum.right += one.right;
        sum.broken |= one.broken;
    }
    job.outcome[0] = sum.right;
    job.outcome[1] = sum.cost;
    job.outcome[2] = !sum.broken;
}
