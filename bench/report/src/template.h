/* template.h - fills a template file with figures.
 *
 * The part of Mustache (mustache(5)) that a report needs:
 *   {{name}}               the value, escaped for the kind of file
 *   {{{name}}}             the value as it is: only for text this program made itself
 *   {{#name}}...{{/name}}  once for each element of a list; once for an object, a text
 * that is not empty, a number but 0, or true
 *   {{^name}}...{{/name}}  when {{#name}} would show nothing
 *   {{!text}}              nothing
 * A name is looked up in the innermost section first, then outwards. A tag of a section,
 * an inverted section, an end or a comment that stands alone takes its whole line with
 * it.
 */
#ifndef REPORT_TEMPLATE_H
#define REPORT_TEMPLATE_H

#include "text.h"

#include <jansson.h>

/* Renders `text` with the object `view`. `name` is the file's, for the message.
 * May: fail, block. Errors: -EINVAL: an unclosed or unknown tag, sections nested deeper
 * than 16, a name that nothing in the view defines; said. */
int report_render(const char *name, const char *text, const json_t *view,
                  enum report_escape escape, FILE *out);

#endif
