/* Buffers of streams whose frames are handed out by reference: one that was read stays as it is until every queue is
 * done with what lies in it.
 *
 * Each queue gets its frames in chunks, numbered from 1. A buffer is retired when its stream goes on to another one,
 * with the number of the chunk in which each queue has its last frame of it; it is free again when all queues have done
 * those. Whoever reads calls buffers_swap() and buffers_note(), one thread at a time; a queue's worker calls
 * buffers_done().
 */
#ifndef ONLOOKER_CAPTURE_BUFFERS_H
#define ONLOOKER_CAPTURE_BUFFERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct buffers;

/* n buffers beside those that streams have of their own; NULL when the heap is out. Control. */
struct buffers *buffers_new(uint32_t n, uint32_t queues);
void buffers_free(struct buffers *b);

/* Retires `old` and gives a free buffer of STREAM_BUFFER_BYTES; NULL when there is none, and nothing has changed. */
uint8_t *buffers_swap(void *buffers, uint8_t *old);

/* Chunk `number` of the queue holds a frame of a buffer that is in use. */
void buffers_note(struct buffers *b, uint32_t queue, uint64_t number);

/* The queue's worker has done another chunk and will not look at its frames again. */
void buffers_done(struct buffers *b, uint32_t queue);

#endif
