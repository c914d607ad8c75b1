/*
 * yaml_scalar.h - what a plain YAML scalar means: YAML 1.2.2, section 10.3.2.
 */
#ifndef BASE_YAML_SCALAR_H
#define BASE_YAML_SCALAR_H

#include "terrier/node.h"

/* Set the kind and value of `node` from its text. False when it is a number
 * that no double can hold: .inf, .nan, 1e999. */
bool yaml_scalar_resolve(struct tr_node *node);

#endif
