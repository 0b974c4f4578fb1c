/* A stand-in for NVIDIA's libnvidia-ml.so.1 with known true energy, for tests and benchmarks.
 *
 * It is controlled through a file of plain text named by NVML_STUB_CONTROL, mapped into memory as
 * the struct below, so that a test can change the machine while it runs. The true power of a GPU is
 *     idle_w + (busy ? load_w : 0) + swing_w * sin(2 pi t / swing_s)
 * where busy is the flag that the load sets; the true energy is integrated exactly whenever the
 * flag changes or anything is read.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MAX_GPUS 4
#define MAX_SWITCHES 65536
enum { OK = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, INSUFFICIENT = 7, LOST = 15 };

typedef struct {
    double idle_w, load_w, swing_w, swing_s;
    double tick_s;          /* update period of the counter */
    double step_j;          /* step of the counter, at least 0.001 */
    double sensor_s;        /* update period of the power sensor */
    double noise_w;         /* half-width of the sensor's uniform noise */
    double counter_gain;    /* counter = gain * true energy */
    double power_gain;      /* sensor = gain * true power */
    double origin_j;        /* counter at time zero */
    int32_t has_counter, counter_frozen, has_instant, has_average, error;
    int32_t architecture, mig, ecc, persistence, temperature, clock_mhz;
    int64_t reasons;
    int32_t process_ids[8];
    int32_t processes;
    int32_t virtualization;
    double frozen_at_j;
    char name[64];
} Gpu;

typedef struct {
    int32_t gpus, init_error;
    double epoch_s;                      /* CLOCK_MONOTONIC at which true energy is zero */
    int32_t switches;                    /* number of entries used below; load is off before */
    int32_t padding;
    double switched_s[MAX_SWITCHES];     /* times at which busy toggles: on, off, on, … */
    Gpu gpu[MAX_GPUS];
} Control;

static Control *control;

static Control *shared(void) {
    if (!control) {
        const char *path = getenv("NVML_STUB_CONTROL");
        int file = path ? open(path, O_RDWR) : -1;
        if (file < 0) return NULL;
        void *map = mmap(NULL, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        close(file);
        control = map == MAP_FAILED ? NULL : map;
    }
    return control;
}

/* The control file can be changed for another one between tests. */
int nvml_stub_use(const char *path) {
    if (control) munmap(control, sizeof(Control));
    control = NULL;
    setenv("NVML_STUB_CONTROL", path, 1);
    return shared() ? 0 : 1;
}

int nvml_stub_size(void) { return (int)sizeof(Control); }

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double busy_until(double t) {
    double busy = 0;
    for (int i = 0; i < control->switches; i += 2) {
        double on = control->switched_s[i];
        double off = i + 1 < control->switches ? control->switched_s[i + 1] : t;
        if (on >= t) break;
        busy += (off < t ? off : t) - on;
    }
    return busy;
}

static double true_energy(const Gpu *g, double t) {
    double s = t - control->epoch_s, e = g->idle_w * s + g->load_w * busy_until(t);
    if (g->swing_w != 0 && g->swing_s > 0) {
        double w = 2 * M_PI / g->swing_s;
        e += g->swing_w / w * (1 - cos(w * s));
    }
    return e;
}

static double true_power(const Gpu *g, double t) {
    int busy = 0;
    for (int i = 0; i < control->switches && control->switched_s[i] <= t; i++) busy = !busy;
    double p = g->idle_w + (busy ? g->load_w : 0);
    if (g->swing_w != 0 && g->swing_s > 0)
        p += g->swing_w * sin(2 * M_PI * (t - control->epoch_s) / g->swing_s);
    return p;
}

double nvml_stub_true_energy(int gpu, double t) { return true_energy(&shared()->gpu[gpu], t); }

static double last_tick(double t, double period) {
    double s = t - control->epoch_s;
    return period > 0 ? control->epoch_s + floor(s / period) * period : t;
}

static double noise(double at, double half) {
    uint64_t x = (uint64_t)llround(at * 1e6) * 0x9E3779B97F4A7C15ULL;
    x ^= x >> 29; x *= 0xBF58476D1CE4E5B9ULL; x ^= x >> 32;
    return half * (2.0 * (double)(x >> 11) / 9007199254740992.0 - 1.0);
}

static int lookup(void *device, Gpu **g) {
    if (!shared()) return UNINITIALIZED;
    intptr_t i = (intptr_t)device - 1;
    if (i < 0 || i >= control->gpus) return INVALID;
    *g = &control->gpu[i];
    return (*g)->error;
}
#define GPU Gpu *g; int code = lookup(device, &g); if (code) return code

int nvmlInitWithFlags(unsigned flags) { (void)flags; return shared() ? control->init_error : UNINITIALIZED; }
int nvmlInit_v2(void) { return nvmlInitWithFlags(0); }
int nvmlShutdown(void) { return OK; }

const char *nvmlErrorString(int code) {
    switch (code) {
        case OK: return "Success";
        case UNINITIALIZED: return "Uninitialized";
        case NOT_SUPPORTED: return "Not Supported";
        case 4: return "Insufficient Permissions";
        case 9: return "Driver Not Loaded";
        case LOST: return "GPU is lost";
        case 18: return "Driver/library version mismatch";
        default: return "Unknown Error";
    }
}

int nvmlSystemGetDriverVersion(char *v, unsigned n) { snprintf(v, n, "999.99"); return OK; }
int nvmlSystemGetNVMLVersion(char *v, unsigned n) { snprintf(v, n, "99.999.99"); return OK; }
int nvmlSystemGetCudaDriverVersion(int *v) { *v = 12090; return OK; }
int nvmlDeviceGetCount_v2(unsigned *n) { *n = (unsigned)shared()->gpus; return OK; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **device) {
    if (!shared() || (int)i >= control->gpus) return INVALID;
    *device = (void *)(intptr_t)(i + 1);
    return OK;
}
int nvmlDeviceGetHandleByUUID(const char *uuid, void **device) {
    return nvmlDeviceGetHandleByIndex_v2((unsigned)atoi(uuid + strlen("GPU-stub-")), device);
}
int nvmlDeviceGetIndex(void *device, unsigned *i) { *i = (unsigned)((intptr_t)device - 1); return OK; }
int nvmlDeviceGetName(void *device, char *v, unsigned n) { GPU; snprintf(v, n, "%s", g->name); return OK; }
int nvmlDeviceGetUUID(void *device, char *v, unsigned n) {
    GPU; snprintf(v, n, "GPU-stub-%d", (int)((intptr_t)device - 1)); return OK;
}

int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *mj) {
    GPU;
    if (!g->has_counter) return NOT_SUPPORTED;
    if (g->counter_frozen) {
        if (g->frozen_at_j == 0)
            g->frozen_at_j = g->origin_j + g->counter_gain * true_energy(g, last_tick(now_s(), g->tick_s));
        *mj = (unsigned long long)floor(g->frozen_at_j * 1000);
        return OK;
    }
    double e = g->origin_j + g->counter_gain * true_energy(g, last_tick(now_s(), g->tick_s));
    double step = g->step_j > 0.001 ? g->step_j : 0.001;
    *mj = (unsigned long long)llround(floor(e / step + 1e-9) * step * 1000);
    return OK;
}

static double sensed(Gpu *g) {
    double at = last_tick(now_s(), g->sensor_s);
    double p = g->power_gain * true_power(g, at) + noise(at, g->noise_w);
    return p > 0 ? p : 0;
}

int nvmlDeviceGetPowerUsage(void *device, unsigned *mw) {
    GPU;
    if (!g->has_average) return NOT_SUPPORTED;
    if (g->architecture >= 7 && !strstr(g->name, "A100")) { /* the average of the last second */
        double t = last_tick(now_s(), g->sensor_s);
        double p = g->power_gain * (true_energy(g, t) - true_energy(g, t - 1)) + noise(t, g->noise_w);
        *mw = (unsigned)llround(p * 1000);
    } else {
        *mw = (unsigned)llround(sensed(g) * 1000);
    }
    return OK;
}

typedef struct {
    unsigned field, scope;
    long long timestamp, latency;
    int type, code;
    union { double d; unsigned u; unsigned long long l; } value;
} FieldValue;

int nvmlDeviceGetFieldValues(void *device, int n, FieldValue *values) {
    GPU;
    for (int i = 0; i < n; i++) {
        int instant = values[i].field == 186;
        if (instant && g->has_instant) {
            values[i].code = OK;
            values[i].type = 1;
            values[i].value.u = (unsigned)llround(sensed(g) * 1000);
        } else {
            values[i].code = NOT_SUPPORTED;
        }
    }
    return OK;
}

int nvmlDeviceGetArchitecture(void *device, unsigned *v) { GPU; *v = (unsigned)g->architecture; return OK; }
int nvmlDeviceGetVirtualizationMode(void *device, unsigned long long *v) { GPU; *v = (unsigned)g->virtualization; return OK; }
int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *v) { GPU; (void)sensor; *v = (unsigned)g->temperature; return OK; }
int nvmlDeviceGetClockInfo(void *device, int type, unsigned *v) { GPU; *v = (unsigned)(type == 2 ? 1215 : g->clock_mhz); return OK; }
int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned *v) { GPU; *v = 400000; return OK; }
int nvmlDeviceGetPowerManagementLimit(void *device, unsigned *v) { GPU; *v = 400000; return OK; }
int nvmlDeviceGetPowerManagementLimitConstraints(void *device, unsigned *a, unsigned *b) { GPU; *a = 100000; *b = 400000; return OK; }
int nvmlDeviceGetPersistenceMode(void *device, unsigned *v) { GPU; *v = (unsigned)g->persistence; return OK; }
int nvmlDeviceGetEccMode(void *device, unsigned *a, unsigned *b) { GPU; *a = *b = (unsigned)g->ecc; return OK; }
int nvmlDeviceGetMigMode(void *device, unsigned *a, unsigned *b) { GPU; *a = *b = (unsigned)g->mig; return OK; }
int nvmlDeviceGetCurrentClocksEventReasons(void *device, unsigned long long *v) { GPU; *v = (unsigned long long)g->reasons; return OK; }
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *v) { GPU; *v = (unsigned long long)g->reasons; return OK; }

typedef struct { unsigned gpu, memory; } Utilization;
int nvmlDeviceGetUtilizationRates(void *device, Utilization *u) { GPU; u->gpu = 50; u->memory = 20; return OK; }
typedef struct { unsigned long long total, free, used; } Memory;
int nvmlDeviceGetMemoryInfo(void *device, Memory *m) { GPU; m->total = 40ULL << 30; m->used = 1ULL << 30; m->free = m->total - m->used; return OK; }
int nvmlDeviceGetComputeMode(void *device, int *v) { GPU; *v = 0; return OK; }

typedef struct { unsigned pid; unsigned long long memory; unsigned instance, compute; } Process;
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *n, Process *list) {
    GPU;
    unsigned have = (unsigned)g->processes, room = *n;
    *n = have;
    if (!have) return OK;
    if (!list || room < have) return INSUFFICIENT;
    for (unsigned i = 0; i < have; i++) list[i] = (Process){(unsigned)g->process_ids[i], 1 << 20, ~0u, ~0u};
    return OK;
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *device, unsigned *n, Process *list) {
    GPU; (void)list; *n = 0; return OK;
}
