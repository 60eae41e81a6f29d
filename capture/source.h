/* Where packets come from: files, live interfaces, DPDK ports; each kind is a row of one table.
 *
 * A source offers one or more queues; each queue is polled by exactly one worker thread. Polling is the data
 * path: no allocation, lock or log per packet. Opening and closing is control.
 *
 * Files: own readers for classic pcap and pcapng over large reads, in place; gz and zst through a decompressing
 * stream; '-' is standard input. Several files are read in time order (a merge by packet time;
 * equal times by position on the command line). With more than one queue a splitter thread hands frames out
 * by flow owner (innermost addresses, symmetric), in ordinal order within each queue.
 *
 * Interfaces: a ring shared with the kernel for each queue and interface. The kernel spreads frames by a hash that
 * both directions of a flow share, after putting fragments together. Ordinals are times, made to rise in each queue.
 *
 * DPDK: each worker polls queues of the ports; see capture/source_dpdk.c.
 */
#ifndef ONLOOKER_CAPTURE_SOURCE_H
#define ONLOOKER_CAPTURE_SOURCE_H

#include "capture/frame.h"
#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

struct source;

struct source_options {
	const char *const *files; /* -r, in order; "-" is standard input */
	uint32_t n_files;
	const char *filter; /* libpcap filter expression, or NULL: applied per frame by its own link type */
	uint32_t queues;    /* how many workers will poll, at least 1 */
	double pace;        /* 0: as fast as possible; else a multiple of recorded speed */
	/* -i: these and no files. The filter runs in the kernel: what it refuses is never received. */
	const char *const *interfaces;
	uint32_t n_interfaces;
	uint32_t ring_mib;         /* of each ring */
	uint32_t block_timeout_ms; /* at least 1: how long the kernel may hold frames back */
	uint32_t snaplen;          /* octets kept of a frame */
	bool busy_poll;            /* an idle queue spins and never sleeps */
	const char *dpdk;          /* EAL arguments as for a shell: all ports DPDK then has are polled; NULL: no DPDK */
	uint64_t copies_ns;        /* copies of a packet within so long are dropped by decoders; 0: they are kept */
	uint64_t idle_exit_ns;     /* live: it ends when no frame came for so long; 0: never */
};

/* Counters of one queue, or of the reader behind the queues. Single writer, read by control at any time. */
struct source_counters {
	uint64_t received; /* frames read, filtered ones too */
	uint64_t bytes;    /* their wire octets */
	uint64_t filtered; /* refused by the filter: these are not handed out */
	uint64_t damaged;  /* records that could not be read because a file is cut or corrupt */
	/* Live: part of what was received, but not handed out. */
	uint64_t lost_kernel; /* the ring was full */
	uint64_t lost_drain;  /* still with the kernel when it was time to end */
	/* Of one queue: frames that were another's to account for and were passed on, and those that came so. */
	uint64_t handed_over, taken_over;
	/* lost before reception, by DPDK ports */
	uint64_t nic_missed; /* the port's queues were full */
	uint64_t nic_errors; /* received damaged */
	uint64_t no_buffer;  /* no buffer was free */
};

enum source_status {
	SOURCE_READY, /* the batch holds frames */
	SOURCE_IDLE,  /* nothing just now: poll again */
	SOURCE_END    /* no frame will ever come again on this queue */
};

/* Opens every file before the first frame is read, so that a wrong name or filter starts nothing.
 * returns  0 and *out; ERROR_USAGE (no such file, no capture, unknown link type of the whole file, bad filter)
 *          or ERROR_FAILED with a sentence; ERROR_USAGE also for an interface that is not there or not allowed.
 * thread   control
 */
int source_open(const struct source_options *options, struct source **out, struct error *error);
void source_close(struct source *s);

/* Call when all queues are being polled: only then are live sources let in, or rings would fill unread while the rest
 * of the process starts. 0, or ERROR_FAILED and a sentence. Control thread.
 */
int source_start(struct source *s, struct error *error);

/* Takes the next frames of a queue; those of the previous poll of this queue become invalid. The batch holds
 * frames with SOURCE_READY only. Every frame this queue still has to give has an ordinal above its watermark;
 * see source_watermark(), which may move on with SOURCE_IDLE too. An idle queue may sleep briefly.
 * thread   the one worker of `queue`
 */
enum source_status source_poll(struct source *s, uint32_t queue, struct batch *batch);

/* The highest ordinal such that every frame up to it that belongs to `queue` has been handed out by a poll:
 * what the worker may promise to those who wait for order. Moves on even when all frames go to other queues.
 * thread   the worker of `queue`, after source_poll()
 */
uint64_t source_watermark(const struct source *s, uint32_t queue);

/* The largest packet time among the frames up to source_watermark(), ns since 1970. Same thread. */
uint64_t source_clock(const struct source *s, uint32_t queue);

/* Asks the source to end early: queues drain what was read and then report SOURCE_END. Any thread. */
void source_stop(struct source *s);

/* The name of source `index` as evidence cites it: the file's base name, or the interface. Valid until close. Any
 * thread. */
const char *source_name(const struct source *s, uint16_t index);
uint32_t source_count(const struct source *s);

/* True when the devices stamp every frame with the time of day themselves. Any thread. */
bool source_stamped(const struct source *s);

/* Sums the counters of reader and queues. Any thread. */
void source_counters(const struct source *s, struct source_counters *sum);

/* The counters of one queue, as far as it has any of its own: false when the source counts in one place only. Any
 * thread. */
bool source_queue_counters(const struct source *s, uint32_t queue, struct source_counters *out);

/* After the end: 0, or ERROR_DAMAGED / ERROR_FAILED with one sentence that names file, place and mend
 * (cut or corrupt record, read error). Frames before the damage were delivered. Control thread. */
int source_result(const struct source *s, struct error *error);

#endif
