/* Whether the header of a request of HTTP/1 can be the work of the browser that its User-Agent names.
 *
 * A user agent is free text: downloaders, scanners and malware say that they are a browser. But each engine writes its
 * header in an order of its own, and all of them ask for compressed pages, name a language and keep the connection;
 * libraries of programming languages do not. Each thing in which the header differs from what the engine writes counts,
 * and several of them make the name doubtful; one alone does not, since boxes on the way take fields out and extensions
 * put some in. A header that bears nothing but the name tells nothing. What names no engine, or says of itself that it
 * is a program, is not judged. Any thread; nothing is kept.
 */
#ifndef ONLOOKER_CLASSIFY_FINGERPRINT_BROWSER_H
#define ONLOOKER_CLASSIFY_FINGERPRINT_BROWSER_H

#include "core/cursor.h"

#include <stdbool.h>

enum browser_engine {
	BROWSER_NONE,    /* it says that it is no browser, or not which */
	BROWSER_GECKO,   /* Firefox and its kin */
	BROWSER_BLINK,   /* Chrome and what is made of it, from its version 10 on */
	BROWSER_WEBKIT,  /* on several network stacks */
	BROWSER_SAFARI,  /* WebKit on Apple's own */
	BROWSER_TRIDENT, /* Internet Explorer, and Edge before it changed engines */
};

/* The engine that a user agent claims to be. */
enum browser_engine browser_claimed(struct cursor agent);

/* agent    the value of User-Agent
 * written  how the request was written, as fingerprint_http_headers() gives it; not of a CONNECT, which is another
 *          program's
 * returns  whether the browser the agent names does not write so; false when it names none */
bool browser_doubtful(struct cursor agent, struct cursor written);

#endif
