// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The two functions of the C++ library's ordered sets that the concurrency runtime refers to, where
// it copies task-local values. Their trees are ordered, not balanced: the sets have a few elements.
#include <stdbool.h>
#include <stddef.h>

enum color { RED, BLACK };

// The layout of libstdc++. A set's header is a red node whose parent is the root, whose left is the
// first and whose right is the last element; no other node is red here.
struct node {
  enum color color;
  struct node *parent;
  struct node *left;
  struct node *right;
};

void tree_insert(bool left, struct node *node, struct node *parent, struct node *header)
    __asm__("_ZSt29_Rb_tree_insert_and_rebalancebPSt18_Rb_tree_node_baseS0_RS_");
struct node *tree_decrement(struct node *node)
    __asm__("_ZSt18_Rb_tree_decrementPSt18_Rb_tree_node_base");

void tree_insert(bool left, struct node *node, struct node *parent, struct node *header) {
  *node = (struct node){.color = BLACK, .parent = parent};
  if (left) {
    parent->left = node;
    if (parent == header) {
      header->parent = node;
      header->right = node;
    } else if (parent == header->left) {
      header->left = node;
    }
  } else {
    parent->right = node;
    if (parent == header->right) {
      header->right = node;
    }
  }
}

struct node *tree_decrement(struct node *node) {
  if (node->color == RED) {
    return node->right;
  }
  if (node->left != NULL) {
    node = node->left;
    while (node->right != NULL) {
      node = node->right;
    }
    return node;
  }
  struct node *parent = node->parent;
  while (node == parent->left) {
    node = parent;
    parent = parent->parent;
  }
  return parent;
}
