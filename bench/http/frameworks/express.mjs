import express from 'express'
import { onExpress } from './on-express.mjs'

export const { bare, guarded } = onExpress(express)
