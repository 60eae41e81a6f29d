/* The parts of the HTTP dissector, shared among its files: http.c frames messages, http_header.c reads what
 * header fields mean, http_chunk.c takes chunks apart, http_forward.c whose requests they are, http_html.c,
 * http_phrase.c and http_description.c look into bodies. Worker threads only, like every dissector.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_HTTP_H
#define ONLOOKER_CLASSIFY_DISSECT_HTTP_H

#include "classify/dissect.h"

/* What a response depends on of its request. */
enum http_request {
	HTTP_PLAIN,
	HTTP_HEAD,    /* the response has no body, whatever its header says */
	HTTP_CONNECT, /* after a 2xx both directions are a tunnel */
	HTTP_PROXIED, /* asked of a proxy: the response describes a server elsewhere */
};

/* What a 101 turns the connection to, where it is something that can be read. */
enum http_upgrade { HTTP_UPGRADE_OTHER, HTTP_UPGRADE_HTTP2, HTTP_UPGRADE_TLS };

/* What of a body is looked at. */
enum http_page {
	HTTP_PAGE_NONE,
	HTTP_PAGE_HTML,
	HTTP_PAGE_XML,
	HTTP_PAGE_JSON,
	HTTP_PAGE_IPP,
	HTTP_PAGE_METRICS,
	HTTP_PAGE_STATUS,
	HTTP_PAGE_LONG, /* HTML that tells what it is far behind its beginning */
	HTTP_PAGE_TEXT, /* plain text, or what does not say what it is */
};

/* The message at hand in one direction. */
struct http_message {
	uint64_t length;            /* Content-Length */
	struct address behind;      /* whom a proxy says it asks for, if behind_version is not 0 */
	uint16_t status;            /* 0: a request */
	uint16_t shown;             /* octets of a description that were looked at without finding its end */
	uint8_t request : 2;        /* enum http_request: of this request, or of the one this response answers */
	uint8_t upgrade : 2;        /* enum http_upgrade */
	uint8_t page : 4;           /* enum http_page */
	bool coded : 1;             /* compressed: nothing to read in the body */
	uint8_t behind_version : 3; /* 4, 6, 0 */
	bool has_length : 1;        /* Content-Length was there and good */
	bool chunked : 1;           /* RFC 9112 7.1 */
	bool titled : 1;            /* its title was seen */
	bool served : 1;            /* a response that names its server */
	bool forwarded : 1;         /* a request of somebody behind its sender */
	bool own : 1;               /* and that somebody has the sender's own address */
	bool doubtful : 1;          /* a request that the browser it names does not write so */
	bool relayed : 1;           /* a response of a server behind its sender */
	bool typed : 1;             /* it says of which kind its body is */
	bool proxys : 1;            /* a response in a proxy's own words */
	uint8_t minor;              /* of the version */
};

/* The dissector's probe. */
enum probe http_probe(const struct probe_input *in);

/* True for a line that asks: a word that may be a method, with a version at its end, or as one without a version may be
 * written, or that was too long to see its end. `minor` of the version, 0 where there is none. */
bool http_is_request(struct cursor line, bool overlong, uint8_t *minor);

/* Reads in the lines of a response's header whether a proxy has passed it on. */
void http_relaying(struct http_message *m, struct cursor fields);

/* Reads in the lines of a request's header whether it was passed on, and for whom. */
void http_forwarding(const struct dissection *x, struct http_message *m, struct cursor fields);

/* True for the name of a field by which a request says that it was passed on. */
bool http_passes_on(struct cursor name);

/* A header field of x->direction's message. */
void http_header(struct dissection *x, struct http_message *m, struct cursor line);

/* Reads title and generator in `page` as far as it can tell; consumes what it needs no more. `whole`: nothing
 * of the page follows that may be looked at, so everything is consumed. */
void http_html(struct dissection *x, struct http_message *m, struct cursor *page, bool whole);

/* The same for JSON by which a service says what it is: consumes all of it or nothing. */
void http_json(struct dissection *x, struct http_message *m, struct cursor *page, bool whole);

/* The same for metrics, line by line. */
void http_metrics(struct dissection *x, struct http_message *m, struct cursor *page, bool whole);

/* The size a chunk's line says; false when it says none. */
bool http_chunk_size(struct cursor line, uint64_t *size);

/* Puts the data of the chunks in `c` together, the first of which has `left` octets to come: at most `room` octets into
 * `page`. False when more of them is to come. */
bool http_chunks_join(uint64_t left, struct cursor c, uint8_t *page, size_t room, size_t *len);

/* Reads the words at the beginning of `page`, a '<', by which a program is known. False when more of it is needed. */
bool http_phrase(struct dissection *x, const struct http_message *m, struct cursor page, bool whole);

/* Tells what a page in plain text is by its first octets: m->page. False when they have not come yet. */
bool http_text_kind(struct dissection *x, struct http_message *m, struct cursor page, bool whole);

/* The same as http_html() for plain text: looks at its beginning, and then consumes all. */
void http_text(struct dissection *x, struct http_message *m, struct cursor *page, bool whole);

/* Reads the line that the end of `chunk` cuts, with its other part in what stands behind the chunk. False when that has
 * not come yet. */
bool http_metrics_seam(struct dissection *x, struct cursor chunk, struct cursor behind);

/* The same for a description of a device (classify/dissect/description.h): consumes all of it or nothing. */
void http_description(struct dissection *x, struct http_message *m, struct cursor *page, bool whole);

/* And for IPP, in requests too. */
void http_ipp(struct dissection *x, struct http_message *m, struct cursor *page, bool whole);

#endif
