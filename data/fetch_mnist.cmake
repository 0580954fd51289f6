# Fetches MNIST: cmake [-DDEST=folder] -P data/fetch_mnist.cmake, as data/fetch.cmake with SET=mnist.
set(SET mnist)
include("${CMAKE_CURRENT_LIST_DIR}/fetch.cmake")
