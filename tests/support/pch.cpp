// Compiles to nothing but the precompiled header that the test programs share.
